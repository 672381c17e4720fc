/** Memory is made in blocks of this size. */
const BLOCK = 262_144;
/** A larger piece gets memory of its own: little is gained by sharing, and one that lives long would hold the whole block. */
const LARGEST = 16_384;

/**
 * Memory for the contents of small files. Each allocation of its own would cost more, to make and to collect, than
 * reading such a file does. A block is collected when nothing in it is used any more.
 */
export class Arena {
  #block = Buffer.alloc(0);
  #used = 0;

  /** @returns `length` bytes with anything in them */
  take(length: number): Buffer {
    if (length > LARGEST) return Buffer.allocUnsafeSlow(length);
    if (this.#used + length > this.#block.length) {
      this.#block = Buffer.allocUnsafeSlow(BLOCK);
      this.#used = 0;
    }
    const begin = this.#used;
    this.#used += length;
    return this.#block.subarray(begin, this.#used);
  }
}
