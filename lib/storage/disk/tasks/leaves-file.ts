import { readSync } from 'node:fs';
import { chunkCount } from '../../../../protocol/chunks.js';
import { DIGEST_SIZE } from '../../../../protocol/limits.js';
import type { Algorithm } from '../../../../protocol/algorithms.js';
import { rootText } from './places.js';

/* A file of leaves has that of chunk i at i × 32 (design of the digest: protocol.md, section 6). */

/** The leaves of an upload or a download, beside its partial file or where that would be. */
export const leavesName = (partial: string): string => `${partial}.leaves`;

/** The root digest over a file of leaves, as text. */
export function rootOfLeaves(fd: number, algorithm: Algorithm, size: number): string {
  return rootText(algorithm, size, pieces(fd, chunkCount(size) * DIGEST_SIZE));
}

export function readLeafAt(fd: number, chunk: number): string {
  const leaf = Buffer.alloc(DIGEST_SIZE);
  readSync(fd, leaf, 0, DIGEST_SIZE, chunk * DIGEST_SIZE);
  return leaf.toString('latin1');
}

/** In pieces: the leaves of 1 TiB are 32 MiB. */
function* pieces(fd: number, end: number): Generator<Uint8Array> {
  const piece = Buffer.allocUnsafe(Math.min(end, 65_536));
  for (let position = 0, length: number; position < end; position += length) {
    length = readSync(fd, piece, 0, Math.min(piece.length, end - position), position);
    if (length === 0) return;
    yield piece.subarray(0, length);
  }
}
