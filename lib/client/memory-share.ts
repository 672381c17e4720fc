/** Chunks that all large downloads of the process share, whichever client they belong to. */
const SHARED = 128;

let downloads = 0;

/**
 * One large download's part of the process's memory. Fifty of them with a dozen chunks each take memory that was never touched before,
 * or has left every cache: that costs more CPU than carrying the bytes.
 */
export class MemoryShare {
  #joined = false;

  join(): void {
    if (this.#joined) return;
    this.#joined = true;
    downloads += 1;
  }

  leave(): void {
    if (!this.#joined) return;
    this.#joined = false;
    downloads -= 1;
  }

  /** @returns chunks that each download may have under way: `most`, unless there are many of them; never less than 2 */
  limit(most: number): number {
    return Math.min(most, Math.max(2, Math.floor(SHARED / Math.max(1, downloads))));
  }
}
