import type { BigIntStats } from 'node:fs';
import { closeSync, fstatSync, futimesSync, lstatSync, openSync, readSync, renameSync } from 'node:fs';
import { chunkCount } from '../../../../protocol/chunks.js';
import { DIGEST_SIZE } from '../../../../protocol/limits.js';
import { type Algorithm, ALGORITHMS } from '../../../../protocol/algorithms.js';
import { versionOf } from '../file-info.js';
import { OPEN_TO_READ, READ_AND_WRITE } from '../folder.js';
import { isKept } from '../kept.js';
import { leavesName, rootOfLeaves } from './leaves-file.js';
import { discard, withPartial, writeFully } from './partial-files.js';
import { config, kept, partials } from './places.js';

/*
 * The leaves of a file outlive its upload, so that a GET need not digest what was digested when it arrived, and the reader finds
 * what has rotted since. They are a hint: whatever is wrong with them, a GET computes its own. They are named after the file's
 * inode, and are right while its version (P-7.4) is the one they were kept for; behind the leaves stand that and their root, so
 * that a torn file of them shows.
 */

const ABOUT = 128;
const TRAILER = ABOUT + DIGEST_SIZE;
/** Milliseconds until the time of last use is set anew. */
const USE_NOTED = 24 * 3_600_000;

const nameOf = ({ ino }: BigIntStats, algorithm: Algorithm): string => `${ino.toString(32)}.${algorithm}`;

function trailer(algorithm: Algorithm, version: string, root: string): Buffer {
  const bytes = Buffer.alloc(TRAILER);
  bytes.write(`sluice leaves 1 ${algorithm} ${version}`, 'latin1');
  bytes.write(root, ABOUT, 'latin1');
  return bytes;
}

/**
 * Keeps the leaves that an upload or a download has gathered under the name of a partial. A disk that refuses costs a digest later, no
 * more.
 * @param stats of the file, asked after its last change
 */
export function keepLeaves(partial: string, algorithm: Algorithm, stats: BigIntStats): void {
  const name = leavesName(partial);
  const size = Number(stats.size);
  try {
    withPartial(name, READ_AND_WRITE, (fd) => {
      const root = rootOfLeaves(fd, algorithm, size);
      writeFully(fd, trailer(algorithm, versionOf(stats), root), chunkCount(size) * DIGEST_SIZE);
    });
    renameSync(partials.entry(name), kept.entry(nameOf(stats, algorithm)));
  } catch {
    discard(partials.entry(name));
  }
}

/** Whether a file has stood still for so long that whatever changed it has changed its version too. */
export function isSettled({ mtimeMs, ctimeMs }: BigIntStats): boolean {
  return Date.now() - Number(mtimeMs > ctimeMs ? mtimeMs : ctimeMs) >= config.settledMs;
}

/** The kept leaves of a file, open; the caller closes it. Undefined when there are none that are right. */
export function openKeptLeaves(algorithm: Algorithm, stats: BigIntStats): number | undefined {
  if (!isKept(stats.size)) return undefined;
  let fd: number;
  try {
    fd = openSync(kept.entry(nameOf(stats, algorithm)), OPEN_TO_READ);
  } catch {
    return undefined;
  }
  try {
    if (isRight(fd, algorithm, stats)) {
      noteUse(fd);
      return fd;
    }
  } catch {
    // They can't be read: as good as none.
  }
  closeSync(fd);
  return undefined;
}

function isRight(fd: number, algorithm: Algorithm, stats: BigIntStats): boolean {
  const size = Number(stats.size);
  const found = Buffer.alloc(TRAILER);
  readSync(fd, found, 0, TRAILER, chunkCount(size) * DIGEST_SIZE);
  const root = found.toString('latin1', ABOUT);
  if (!found.equals(trailer(algorithm, versionOf(stats), root))) return false;
  return rootOfLeaves(fd, algorithm, size) === root;
}

/** Notes that leaves were of use: those that long were of none are removed some day. */
function noteUse(fd: number): void {
  const now = Date.now();
  try {
    if (now - fstatSync(fd).mtimeMs > USE_NOTED) futimesSync(fd, now / 1_000, now / 1_000);
  } catch {
    // They are of use all the same.
  }
}

/** The file has lost its name. */
export function forgetLeaves(stats: BigIntStats | undefined): void {
  if (stats?.isFile() !== true || !isKept(stats.size)) return;
  for (const algorithm of ALGORITHMS) discard(kept.entry(nameOf(stats, algorithm)));
}

/**
 * A file was given another name, which changed its version but not its content.
 * @param before of the file, when it had the old name
 * @param entry the new one
 */
export function keepLeavesOfRenamed(before: BigIntStats, entry: string): void {
  if (!before.isFile() || !isKept(before.size)) return;
  for (const algorithm of ALGORITHMS) {
    try {
      const after = lstatSync(entry, { bigint: true });
      if (hasSameContent(before, after)) renew(kept.entry(nameOf(before, algorithm)), algorithm, before, after);
    } catch {
      // There are none, or they are computed again.
    }
  }
}

/** A change of the name or the mode changes neither size nor modification time. */
export function hasSameContent(before: BigIntStats, after: BigIntStats): boolean {
  return after.ino === before.ino && after.size === before.size && after.mtimeNs === before.mtimeNs;
}

function renew(path: string, algorithm: Algorithm, before: BigIntStats, after: BigIntStats): void {
  const fd = openSync(path, READ_AND_WRITE);
  try {
    const position = chunkCount(Number(before.size)) * DIGEST_SIZE;
    const found = Buffer.alloc(TRAILER);
    readSync(fd, found, 0, TRAILER, position);
    const root = found.toString('latin1', ABOUT);
    const isRight = found.equals(trailer(algorithm, versionOf(before), root));
    if (isRight) writeFully(fd, trailer(algorithm, versionOf(after), root), position);
  } finally {
    closeSync(fd);
  }
}
