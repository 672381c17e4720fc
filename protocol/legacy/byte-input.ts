import type { More } from './scan-event.js';

const NOTHING: Uint8Array = new Uint8Array(0);

/**
 * Bytes as they come, read by generators: where one needs a byte that isn't there it yields, and goes on when it is. So a request may be
 * cut anywhere, and its grammar is written as if it were all there.
 */
export class ByteInput {
  #bytes = NOTHING;
  #at = 0;
  #ended = false;
  /** Where bytes that were looked for come next: a search is not begun again for each one that is found. */
  readonly #sought = new Map<number, number>();

  get empty(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** `bytes` stay the caller's; they must not change until all are read. Only when `empty`. */
  push(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.#at = 0;
    this.#sought.clear();
  }

  /** Puts back what was read and kept; it comes again first. */
  unread(bytes: Uint8Array): void {
    this.push(Buffer.concat([bytes, this.#bytes.subarray(this.#at)]));
  }

  /** Nothing more comes to the request that is being read. */
  end(): void {
    this.#ended = true;
  }

  /** The end was of one request: the next may come. */
  reopen(): void {
    this.#ended = false;
  }

  /** What is there, at least one byte, without taking it; null at the end. */
  *some(): Generator<More, Uint8Array | null> {
    while (this.empty) {
      if (this.#ended) return null;
      yield { kind: 'more' };
    }
    return this.#bytes.subarray(this.#at);
  }

  /** How many bytes stand before the next `byte` in what is there: all, if it isn't there. */
  before(byte: number): number {
    let at = this.#sought.get(byte) ?? -1;
    if (at < this.#at) {
      at = this.#bytes.indexOf(byte, this.#at);
      if (at < 0) at = this.#bytes.length;
      this.#sought.set(byte, at);
    }
    return at - this.#at;
  }

  /** Takes `count` bytes of what `some` gave. */
  take(count: number): void {
    this.#at += count;
  }

  /** The next byte, without taking it; -1 at the end. */
  *peek(): Generator<More, number> {
    while (this.empty) {
      if (this.#ended) return -1;
      yield { kind: 'more' };
    }
    return this.#bytes[this.#at]!;
  }
}
