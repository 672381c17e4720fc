import { encodeFrame } from '../../protocol/messages.js';
import type { FileInfo, Published } from '../storage/store.js';

/** RESULT of a PUT (P-7.5). */
export function encodePublished(stream: number, published: Published): Buffer {
  const { size, mtimeMs, version, root, durable } = published;
  return encodeFrame('putResult', { size, mtimeMs, version, root, durable }, { stream });
}

/**
 * FILE of a GET (P-7.7).
 * @param offset where what will be sent begins, bytes
 * @param length of it, bytes
 */
export function encodeFile(stream: number, info: FileInfo, offset: number, length: number): Buffer {
  const { size, mtimeMs, mode, version } = info;
  return encodeFrame('file', { size, mtimeMs, mode, version, offset, length }, { stream });
}

/** RESULT of a GET; with the root where all of the file was sent. */
export function encodeRoot(stream: number, root: Uint8Array | undefined): Buffer {
  return encodeFrame('getResult', { root }, { stream });
}
