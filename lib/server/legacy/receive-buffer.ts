/** While requests are awaited, and while content comes. */
const NARROW = 4_096;
const WIDE = 65_536;

/**
 * Where a legacy connection's bytes are placed. A view that a socket was given stays pinned until its next read, so bytes
 * that are still in use when the next view is asked for stay where they are, and the view is of other memory.
 */
export class ReceiveBuffer {
  #current: Buffer = Buffer.allocUnsafe(NARROW);
  #other: Buffer | null = null;
  #inUse = false;

  /** @param wide whether content is coming */
  view(wide: boolean): Uint8Array {
    if (this.#inUse) {
      const free = this.#other ?? Buffer.allocUnsafe(this.#current.length);
      this.#other = this.#current;
      this.#current = free;
      this.#inUse = false;
    }
    const size = wide ? WIDE : NARROW;
    if (this.#current.length !== size) {
      this.#current = Buffer.allocUnsafe(size);
      this.#other = null;
    }
    return this.#current;
  }

  /** The first `length` bytes of the last view. */
  received(length: number): Uint8Array {
    return this.#current.subarray(0, length);
  }

  /** What was received last must stay as it is until `release`. */
  hold(): void {
    this.#inUse = true;
  }

  release(): void {
    this.#inUse = false;
  }
}
