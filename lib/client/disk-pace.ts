import * as fs from 'node:fs';

/**
 * File systems on memory or a disk of this machine, by the number that statfs(2) of Linux tells: a file on any other, above all on a
 * network's, may keep whoever asks waiting for as long as it likes.
 */
const LOCAL: ReadonlySet<number> = new Set([
  0x01021994, // tmpfs
  0x858458f6, // ramfs
  0xef53, // ext2, ext3, ext4
  0x58465342, // XFS
  0x9123683e, // btrfs
  0xf2f52010, // F2FS
  0x2fc12fc1, // ZFS
  0x794c7630, // overlay
]);

/** A chunk that takes longer than this did not come from memory, or did not stay there. Milliseconds. */
const SLOW = 2;
/** Chunks that go to other threads after a slow one, before the next is tried in place; doubled by each slow one, up to the greatest. */
const FIRST_REST = 8;
const LONGEST_REST = 1_024;
/** So many quick ones in a row, and the next slow one counts as the first. */
const TRUSTED = 32;

/** What a file asks of its disk's pace. */
export type Pace = Pick<DiskPace, 'inPlace' | 'took'>;

/**
 * Whether the chunks of a disk's files are read and written in place, by the thread that digests and sends them: they are still in its
 * core's cache then. Only as long as the disk answers as memory does, for meanwhile nothing else happens in this thread.
 */
export class DiskPace {
  #rest: number;
  #nextRest = FIRST_REST;
  #quick = 0;

  constructor(local: boolean) {
    this.#rest = local ? 0 : Infinity;
  }

  /** Asked once for each chunk: whether it goes in place; then `took` is to be called. */
  get inPlace(): boolean {
    if (this.#rest === 0) return true;
    this.#rest -= 1;
    return false;
  }

  /** @param ms how long a chunk took in place */
  took(ms: number): void {
    if (ms > SLOW) {
      this.#quick = 0;
      this.#rest = this.#nextRest;
      this.#nextRest = Math.min(LONGEST_REST, this.#nextRest * 2);
    } else if (++this.#quick === TRUSTED) {
      this.#nextRest = FIRST_REST;
    }
  }
}

/** By device; a process sees few of them. */
const paces = new Map<number, DiskPace>();

/** The pace of the disk that an open file is on. @param path of the file, or of its folder */
export function paceOf(fd: number, path: string): DiskPace {
  const { dev } = fs.fstatSync(fd);
  let pace = paces.get(dev);
  if (pace === undefined) {
    pace = new DiskPace(process.platform === 'linux' && LOCAL.has(fs.statfsSync(path).type));
    paces.set(dev, pace);
  }
  return pace;
}
