import { constants, openSync, readSync, writeSync } from 'node:fs';
import process from 'node:process';
import { CHUNK_SIZE } from '../../../../protocol/limits.js';
import type { Algorithm } from '../../../../protocol/algorithms.js';
import { leafDigest, rootDigest } from '../../../../protocol/digest-tree.js';
import { RESERVED_NAME } from '../../../../protocol/names.js';
import { hashOf } from '../../../workers/digests.js';
import { pass } from '../../../workers/passage.js';
import { workerSetup } from '../../../workers/serve.js';
import { Folder } from '../folder.js';
import type { Content, WorkerConfig } from '../tasks.js';
import { Tree } from '../tree.js';

/* What a worker knows for its whole life. */

const { config, slab } = workerSetup() as { config: WorkerConfig; slab: SharedArrayBuffer | undefined };
export { config };

function folder(fd: number, path: string): Folder {
  if (config.walk === 'realpath') return Folder.fromPath(path);
  if (process.pid === config.pid) return Folder.fromDescriptor(fd);
  // Another process: the same open folder, whatever has been renamed since.
  return Folder.fromDescriptor(openSync(ofMain(fd), constants.O_RDONLY | constants.O_DIRECTORY));
}

function ofMain(fd: number): string {
  return `/proc/${config.pid}/fd/${fd}`;
}

export const tree = new Tree(
  folder(config.rootFd, config.root),
  folder(config.privateFd, `${config.root}/${RESERVED_NAME}`),
);
export const partials = folder(config.partialFd, `${config.root}/${RESERVED_NAME}/partial`);
/** Leaves of files that are published. */
export const kept = folder(config.leavesFd, `${config.root}/${RESERVED_NAME}/leaves`);

/** `length` bytes of a slot. */
export function slotBytes(slot: number, offset: number, length: number): Buffer {
  // Not a part of one view of all memory: a slab may be larger than any view.
  return Buffer.from(slab!, slot * CHUNK_SIZE + offset, length);
}

/** The bytes are the caller's until its next call: those of the passage are copied to one place in this process. */
export function contentBytes(content: Content): Uint8Array {
  if (content instanceof Uint8Array) return content;
  if ('slot' in content) return slotBytes(content.slot, content.offset, content.length);
  const bytes = passed(content.length);
  pass(readSync, passageFd(), content.place, bytes);
  return bytes;
}

/** Puts bytes where the main process looks for them. */
export function passBack(place: number, bytes: Uint8Array): void {
  pass(writeSync, passageFd(), place, bytes);
}

let chunk: Buffer | undefined;

/** `length` bytes for one chunk on its way through this process. The next task takes the same: they must not leave this one. */
export function passed(length: number): Buffer {
  return (chunk ??= Buffer.allocUnsafeSlow(CHUNK_SIZE)).subarray(0, length);
}

let passage: number | undefined;

function passageFd(): number {
  return (passage ??= openSync(ofMain(config.passageFd), constants.O_RDWR));
}

/** A digest as it crosses between threads. */
export const asText = (digest: Uint8Array): string =>
  Buffer.from(digest.buffer, digest.byteOffset, digest.length).toString('latin1');

export const leafText = (algorithm: Algorithm, chunk: Uint8Array): string =>
  asText(leafDigest(hashOf(algorithm), chunk));

export const rootText = (algorithm: Algorithm, size: number, leaves: Uint8Array | Iterable<Uint8Array>): string =>
  asText(rootDigest(hashOf(algorithm), algorithm, size, leaves));
