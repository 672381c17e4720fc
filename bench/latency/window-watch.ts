import { type Frame, FrameDecoder } from '../../protocol/decoder.js';
import { readDataMeta } from '../../protocol/frame.js';
import { CHUNK_SIZE, MAX_FRAGMENT } from '../../protocol/limits.js';
import { decodeMessage } from '../../protocol/messages.js';
import { PREFACE } from '../../protocol/preface.js';
import type { Tap } from '../proxy/conveyor.js';

export type Direction = 'up' | 'down';

/** The credit window of the transfers in one direction, at one moment. */
export interface WindowSample {
  /** Since the connection was accepted. */
  readonly ms: number;
  /** Chunks that the receiver has promised memory for, and that have not begun to arrive. */
  readonly granted: number;
  /** Those of them that the sender knows of and has not begun: at 0 it must wait. */
  readonly left: number;
  /** Bytes between them, in the proxy. */
  readonly inFlight: number;
}

/** Watches the credit of one connection by the frames that pass the proxy, at both of its ends. */
export class WindowWatch {
  readonly samples: WindowSample[] = [];
  readonly taps: { readonly up: Tap; readonly down: Tap };
  readonly #sender = new CreditAccount();
  readonly #receiver = new CreditAccount();
  readonly #start = performance.now();
  #inFlight = 0;

  /** @param direction where files go */
  constructor(direction: Direction) {
    const [sender, receiver] = [this.#sender, this.#receiver];
    const nobody = new CreditAccount();
    // Chunks pass the sender's end when they enter the pipe, and the receiver's when they leave it; its credit goes the other way.
    const data = tapOf(new Ear(sender, nobody), new Ear(receiver, nobody), (bytes) => (this.#inFlight += bytes));
    const credit = tapOf(new Ear(nobody, receiver), new Ear(nobody, sender), () => undefined);
    this.taps = direction === 'up' ? { up: data, down: credit } : { up: credit, down: data };
  }

  sample(): void {
    this.samples.push({
      ms: performance.now() - this.#start,
      granted: this.#receiver.unused,
      left: this.#sender.unused,
      inFlight: this.#inFlight,
    });
  }
}

function tapOf(entry: Ear, exit: Ear, count: (bytes: number) => void): Tap {
  return {
    entered(bytes) {
      count(bytes.length);
      entry.hear(bytes);
    },
    delivered(bytes) {
      count(-bytes.length);
      exit.hear(bytes);
    },
  };
}

/** Credit as one end knows it, over all streams. */
class CreditAccount {
  readonly #streams = new Map<number, { epoch: number; limit: number; begun: number }>();

  get unused(): number {
    return [...this.#streams.values()].reduce((sum, { limit, begun }) => sum + limit - begun, 0);
  }

  onCredit(stream: number, epoch: number, chunks: number): void {
    const account = this.#streams.get(stream);
    const begun = account?.epoch === epoch ? account.begun : 0;
    this.#streams.set(stream, { epoch, limit: chunks, begun });
  }

  onChunk(stream: number, epoch: number): void {
    const account = this.#streams.get(stream);
    if (account?.epoch === epoch) account.begun += 1;
  }
}

/** Follows the frames at one place of the line. */
class Ear {
  readonly #chunks: CreditAccount;
  readonly #credit: CreditAccount;
  readonly #decoder: FrameDecoder;
  #preface = PREFACE.length;

  /**
   * @param chunks where chunks count that pass here
   * @param credit where credit counts that passes here
   */
  constructor(chunks: CreditAccount, credit: CreditAccount) {
    this.#chunks = chunks;
    this.#credit = credit;
    this.#decoder = new FrameDecoder({
      onFrame: (frame) => this.#onFrame(frame),
      onData: (frame) => this.#onData(frame),
      onPayload: () => undefined,
    });
    this.#decoder.maxPayload = MAX_FRAGMENT;
  }

  hear(bytes: Uint8Array): void {
    let at = Math.min(this.#preface, bytes.length);
    this.#preface -= at;
    while (at < bytes.length) {
      const view = this.#decoder.view();
      const length = Math.min(view.length, bytes.length - at);
      // Nobody looks at a payload that is skipped.
      if (this.#decoder.payloadLeft === 0) view.set(bytes.subarray(at, at + length));
      this.#decoder.advance(length);
      at += length;
    }
  }

  #onFrame({ name, header, meta }: Frame): void {
    if (name === 'get') this.#credit.onCredit(header.stream, 0, decodeMessage('get', meta).credit);
    if (name === 'credit') this.#credit.onCredit(header.stream, header.epoch, decodeMessage('credit', meta).chunks);
  }

  #onData({ header, meta }: Frame): null {
    if (readDataMeta(meta).offset % CHUNK_SIZE === 0) this.#chunks.onChunk(header.stream, header.epoch);
    return null;
  }
}
