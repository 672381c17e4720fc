import type { FrameDecoder } from '../../../protocol/decoder.js';
import { encodeDataHead } from '../../../protocol/frame.js';
import { CHUNK_SIZE, DIGEST_SIZE } from '../../../protocol/limits.js';
import { encodeFrame, type Message } from '../../../protocol/messages.js';

/** A frame as it was sent, but for its payload: only the length of that counts. */
export interface Recorded {
  readonly head: Uint8Array;
  readonly payloadLength: number;
}

const leaf = new Uint8Array(DIGEST_SIZE);

/** A PUT as the client sends it for a small file. */
export function putMessage(size: number): Message<'put'> {
  return { path: 'folder-0012/file-001234', size, mode: 0o644, mtimeMs: 1_764_000_000_123.456, root: leaf };
}

const requests = new Map<number, Buffer>();

/** The frame of that, encoded once. */
export function putRequest(size: number): Buffer {
  const request = requests.get(size) ?? encodeFrame('put', putMessage(size), { stream: 1 });
  requests.set(size, request);
  return request;
}

/** One chunk, cut into fragments. */
export function chunkFrames(fragment: number): Recorded[] {
  return Array.from({ length: Math.ceil(CHUNK_SIZE / fragment) }, (_, index) => {
    const offset = index * fragment;
    return dataFrame(offset, Math.min(fragment, CHUNK_SIZE - offset), offset + fragment >= CHUNK_SIZE);
  });
}

/** `count` small files, each a PUT and one DATA. */
export function smallFrames(fileSize: number, count: number): Recorded[] {
  return Array.from({ length: count }, () => [
    { head: putRequest(fileSize), payloadLength: 0 },
    dataFrame(0, fileSize, true),
  ]).flat();
}

function dataFrame(offset: number, payloadLength: number, last: boolean): Recorded {
  const head = encodeDataHead({ stream: 1, epoch: 1, offset, payloadLength, leaf: last ? leaf : undefined });
  return { head, payloadLength };
}

export function recordedBytes(frames: readonly Recorded[]): number {
  return frames.reduce((sum, { head, payloadLength }) => sum + head.length + payloadLength, 0);
}

/**
 * Has a decoder take frames as if a socket filled its views. Only heads are copied into them: to place the payload is the
 * kernel's work, and a stage of its own.
 */
export function feed(decoder: FrameDecoder, frames: readonly Recorded[]): void {
  let view = decoder.view();
  let filled = 0;
  const flush = (): void => {
    decoder.advance(filled);
    view = decoder.view();
    filled = 0;
  };
  const place = (length: number, bytes?: Uint8Array): void => {
    for (let done = 0; done < length;) {
      const step = Math.min(length - done, view.length - filled);
      if (bytes !== undefined) view.set(bytes.subarray(done, done + step), filled);
      filled += step;
      done += step;
      if (filled === view.length) flush();
    }
  };
  for (const { head, payloadLength } of frames) {
    place(head.length, head);
    place(payloadLength);
  }
  if (filled > 0) flush();
}
