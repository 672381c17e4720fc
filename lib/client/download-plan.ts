import { chunkCount, chunkLength } from '../../protocol/chunks.js';
import { ProtocolError } from '../../protocol/errors.js';
import { CHUNK_SIZE } from '../../protocol/limits.js';
import type { FileInfo } from './download-target.js';

/** A range of bytes as it was asked for, both ends inclusive. */
export interface ByteRange {
  readonly first: number;
  readonly last?: number | undefined;
}

/** Which chunks a GET brings, and what of them is wanted (P-7.7). */
export class DownloadPlan {
  readonly size: number;
  /** Index of the first chunk, and the one behind the last. */
  readonly firstChunk: number;
  readonly endChunk: number;
  /** Bytes that are wanted: from, and up to before. */
  readonly from: number;
  readonly to: number;

  /** @throws {ProtocolError} `bad-message` when FILE is not an answer to what was asked */
  constructor({ size, offset, length }: FileInfo, range: ByteRange | undefined) {
    this.size = size;
    this.from = range?.first ?? 0;
    this.to = Math.max(this.from, Math.min(size, (range?.last ?? Infinity) + 1));
    this.firstChunk = Math.floor(this.from / CHUNK_SIZE);
    this.endChunk = this.to > this.from ? chunkCount(this.to) : this.firstChunk;
    const fits =
      this.from <= size &&
      offset + length <= size &&
      (length === 0
        ? this.endChunk === this.firstChunk
        : Math.floor(offset / CHUNK_SIZE) === this.firstChunk && chunkCount(offset + length) === this.endChunk);
    if (!fits) throw new ProtocolError('bad-message', 'FILE does not fit the range that was asked for');
  }

  get chunks(): number {
    return this.endChunk - this.firstChunk;
  }

  /** The chunks are all of the file: its root can be checked. */
  get whole(): boolean {
    return this.firstChunk === 0 && this.endChunk === chunkCount(this.size);
  }

  /** Bytes of all those chunks. */
  get bytes(): number {
    return Math.min(this.size, this.endChunk * CHUNK_SIZE) - Math.min(this.size, this.firstChunk * CHUNK_SIZE);
  }

  get wanted(): number {
    return this.to - this.from;
  }

  chunkLength(chunk: number): number {
    return chunkLength(this.size, chunk);
  }

  /** What is wanted of a chunk's bytes, and its place in what was asked for. */
  trim(chunk: number, bytes: Uint8Array): { bytes: Uint8Array; position: number } {
    const begin = chunk * CHUNK_SIZE;
    const from = Math.max(this.from, begin);
    const to = Math.min(this.to, begin + bytes.length);
    return { bytes: bytes.subarray(from - begin, to - begin), position: from - this.from };
  }
}
