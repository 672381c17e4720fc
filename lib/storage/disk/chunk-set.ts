/** Chunks in one page of the bitmap. */
const PAGE = 4_096;

/**
 * Which chunks of a file have been written: one bit each (R11). It is kept in pages, as the size may be unknown and a
 * peer that begins at the end of a huge file must not be believed with memory for all of it.
 */
export class ChunkSet {
  readonly #pages = new Map<number, Uint8Array>();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  has(chunk: number): boolean {
    const page = this.#pages.get(Math.floor(chunk / PAGE));
    return page !== undefined && (page[(chunk % PAGE) >> 3]! & (1 << (chunk & 7))) !== 0;
  }

  add(chunk: number): void {
    if (this.has(chunk)) return;
    const number = Math.floor(chunk / PAGE);
    let page = this.#pages.get(number);
    if (page === undefined) this.#pages.set(number, (page = new Uint8Array(PAGE / 8)));
    page[(chunk % PAGE) >> 3]! |= 1 << (chunk & 7);
    this.#count++;
  }
}
