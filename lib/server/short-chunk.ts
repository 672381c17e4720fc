import { chunkLength } from '../../protocol/chunks.js';
import { CHUNK_SIZE } from '../../protocol/limits.js';

/** P-6.4 where a file's size is not known beforehand: one chunk may be short, and must turn out to be the last. */
export class ShortChunk {
  #seen: { chunk: number; length: number } | null = null;

  /** @returns false when another chunk was short already */
  accept(chunk: number, length: number): boolean {
    if (length === CHUNK_SIZE) return true;
    if (this.#seen !== null && this.#seen.chunk !== chunk) return false;
    this.#seen = { chunk, length };
    return true;
  }

  /** Whether the short chunk, if there was one, is what a file of `size` bytes ends with. */
  fits(size: number): boolean {
    return this.#seen === null || chunkLength(size, this.#seen.chunk) === this.#seen.length;
  }
}
