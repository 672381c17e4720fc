import { ByteInput } from './byte-input.js';
import { LegacyFault } from './fault.js';
import { JsonRequest } from './json-request.js';
import type { LegacyVerb } from './request.js';
import type { ScanEvent } from './scan-event.js';
import { isBlank } from './terminator.js';
import { TextRequest } from './text-request.js';

/**
 * Finds the requests of the base64 protocol in bytes that come in pieces cut anywhere, in both dialects. An upload's content is handed on
 * as it comes; apart from it a request takes a bounded amount of memory.
 *
 * Push bytes when `next` says 'more', and call `next` until it says so again.
 */
export class RequestScanner {
  readonly #input = new ByteInput();
  readonly #events = this.#scan();
  #current: JsonRequest | TextRequest | null = null;
  #fault: ScanEvent | null = null;

  /** Within a request. Blank ones are none. */
  get inRequest(): boolean {
    return this.#current !== null;
  }

  /** What the request under way is if nothing more of it comes; undefined when it isn't whole. An upload's base64 may be cut short all the same. */
  get endsHere(): LegacyVerb | undefined {
    return this.#current?.endsHere;
  }

  /** All that was pushed has been looked at. */
  get empty(): boolean {
    return this.#input.empty;
  }

  /** @param bytes must not change before `next` says 'more' */
  push(bytes: Uint8Array): void {
    this.#input.push(bytes);
  }

  /** Nothing more comes to the request under way: what is there is it. Only when it `endsHere`. */
  end(): void {
    this.#input.end();
  }

  next(): ScanEvent {
    if (this.#fault !== null) return this.#fault;
    try {
      // It has no end.
      return this.#events.next().value as ScanEvent;
    } catch (error) {
      if (!(error instanceof LegacyFault)) throw error;
      return (this.#fault = { kind: 'fault', message: error.message });
    }
  }

  *#scan(): Generator<ScanEvent> {
    for (;;) {
      const first = yield* this.#input.peek();
      if (isBlank(first)) {
        this.#input.take(1);
        continue;
      }
      this.#current = first === 0x7b ? new JsonRequest(this.#input) : new TextRequest(this.#input);
      const event = yield* this.#current.read();
      this.#current = null;
      this.#input.reopen();
      yield event;
    }
  }
}
