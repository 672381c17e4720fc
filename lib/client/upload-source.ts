import { chunkLength } from '../../protocol/chunks.js';
import type { Hash } from '../../protocol/digest-tree.js';
import { CHUNK_SIZE } from '../../protocol/limits.js';

/** Called with the bytes of a chunk, now or later, and with its leaf where the source digested what it read. */
export type ChunkTaker = (error: Error | undefined, bytes: Uint8Array, leaf?: Uint8Array) => void;

/**
 * Where an upload's bytes come from. A chunk that was given out belongs to the upload until `sent`, and can be asked for again
 * until `accepted`.
 */
export interface UploadSource {
  /** Bytes; undefined while not known: then chunks become `available` one after the other. */
  readonly size: number | undefined;
  /** Chunks that can be asked for now: all of them where the size is known beforehand. */
  readonly available: number;
  readonly mode: number | undefined;
  readonly mtimeMs: number | undefined;
  /**
   * Gets ready: called once the upload has its turn, so that files that wait are not open.
   * @param hash of leaves, where any are needed
   */
  open(hash?: Hash): void;
  /** All of it, when it is known to have at most `limit` bytes; else undefined. */
  whole(limit: number): Uint8Array | undefined;
  /** Called when `available` or `size` has changed, or when there will be no more. */
  watch(onChange: (error?: Error) => void): void;
  chunk(index: number, take: ChunkTaker): void;
  /** The bytes of a chunk are not needed just now: they are with the kernel, or will be asked for again. */
  sent(bytes: Uint8Array): void;
  /** The server has the chunks from `first` to before `end`: they won't be asked for again. */
  accepted(first: number, end: number): void;
  /** Called when everything was read. @throws {LocalFileError} `source-changed` */
  verifyUnchanged(): void;
  /** The upload has ended. */
  close(): void;
}

/** Content that is in memory already. It must not change before the upload has ended. */
export class BufferSource implements UploadSource {
  readonly mode = undefined;
  readonly mtimeMs = undefined;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get size(): number {
    return this.#bytes.length;
  }

  get available(): number {
    return Infinity;
  }

  open(): void {
    // Nothing to open.
  }

  whole(limit: number): Uint8Array | undefined {
    return this.size <= limit ? this.#bytes : undefined;
  }

  watch(): void {
    // Nothing changes.
  }

  chunk(index: number, take: ChunkTaker): void {
    const begin = index * CHUNK_SIZE;
    take(undefined, this.#bytes.subarray(begin, begin + chunkLength(this.size, index)));
  }

  sent(): void {
    // The memory is the caller's.
  }

  accepted(): void {
    // See above.
  }

  verifyUnchanged(): void {
    // A change shows as a digest that doesn't match.
  }

  close(): void {
    // Nothing to close.
  }
}
