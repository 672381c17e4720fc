import { CHUNK_SIZE } from '../../../protocol/limits.js';

/**
 * Whether the leaves of a published file are kept: the digest of a single chunk costs little more than looking for it.
 * @param size of the file, bytes
 */
export const isKept = (size: number | bigint): boolean => size > CHUNK_SIZE;
