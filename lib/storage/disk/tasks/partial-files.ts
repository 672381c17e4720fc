import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { ProtocolError } from '../../../../protocol/errors.js';
import { errnoOf } from '../failures.js';
import { CREATE } from '../folder.js';
import { partials } from './places.js';

/* Files of `.sluice/partial`, and what is done to them. */

/** @param mode permission bits wanted in the end */
export function createFile(name: string, mode: number): number {
  try {
    // The server itself opens it again where workers are processes, so it needs access of its own until then.
    return openSync(partials.entry(name), CREATE, mode | 0o600);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    throw new ProtocolError('io-error', 'the private folder of the served tree was removed', { cause: error });
  }
}

/** Opens, uses and closes a file. */
export function withPartial<R>(name: string, flags: number, work: (fd: number) => R): R {
  const fd = openSync(partials.entry(name), flags);
  try {
    return work(fd);
  } finally {
    closeSync(fd);
  }
}

/** The same with one that may be open already. */
export function withFile<R>(fd: number | undefined, name: string, flags: number, work: (fd: number) => R): R {
  return fd === undefined ? withPartial(name, flags, work) : work(fd);
}

/** @throws {Error} when the disk is full, with a part of `bytes` written */
export function writeFully(fd: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length;) {
    done += writeSync(fd, bytes, done, bytes.length - done, position + done);
  }
}

/** Removes a file that may not be there. */
export function unlinkIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}

/** Removes what is of no more use, if it is there and the disk lets it go. */
export function discard(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It goes when the store opens again, or is a hint that is never believed unchecked.
  }
}

export function closeAll(...fds: (number | undefined)[]): void {
  for (const fd of fds) if (fd !== undefined) closeSync(fd);
}
