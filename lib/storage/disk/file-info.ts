import type { BigIntStats } from 'node:fs';
import { futimesSync } from 'node:fs';
import type { EntryType } from '../../../protocol/messages.js';
import type { FileInfo } from '../store.js';

export function typeOf(stats: BigIntStats): EntryType {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'folder';
  return stats.isSymbolicLink() ? 'symlink' : 'other';
}

/**
 * P-7.4: differs whenever the content was replaced, since publishing brings a new inode and any write a new change
 * time. It is also how a file is known to be still the same one. At most 60 characters.
 */
export function versionOf({ ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return `${ino.toString(32)}-${size.toString(32)}-${mtimeNs.toString(32)}-${ctimeNs.toString(32)}`;
}

/** Milliseconds, to the microsecond: what setModificationTime can set comes back as the same number. */
export function mtimeMsOf({ mtimeNs }: BigIntStats): number {
  return Number(mtimeNs / 1_000n) / 1_000;
}

export function infoOf(stats: BigIntStats): FileInfo {
  const type = typeOf(stats);
  return {
    type,
    size: type === 'file' ? Number(stats.size) : 0,
    mtimeMs: mtimeMsOf(stats),
    mode: Number(stats.mode & 0o777n),
    version: versionOf(stats),
  };
}

/** The end of the year 9999. */
const LATEST_SECONDS = 253_402_300_799;

/**
 * @param mtimeMs milliseconds, may be fractional; kept to the microsecond. Times before 1970 become 1970: Node would
 * take them for now
 */
export function setModificationTime(fd: number, mtimeMs: number): void {
  // The system call takes seconds as a double and cuts to microseconds; a quarter of one more keeps the cut from going below,
  // and is no more than a rounding where a later Node cuts to nanoseconds.
  const seconds = Math.min(Math.max((Math.round(mtimeMs * 1_000) + 0.25) / 1_000_000, 0), LATEST_SECONDS);
  futimesSync(fd, seconds, seconds);
}
