import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, open, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';

const BLOCK = 1024 * 1024;
const MEMORY_DISK = '/dev/shm';
/** f_type of a tmpfs, from linux/magic.h. */
const TMPFS = 0x01021994;

export type Place = 'memory' | 'disk';

/** Behind "files lie". */
export function placeText(place: Place): string {
  return place === 'memory' ? 'in memory' : 'on disk';
}

/** A folder for one run, which takes everything along when it goes. */
export class Workspace {
  readonly root: string;
  /** What its files really lie on, whatever was asked for. */
  readonly place: Place;
  readonly #removeAtExit: () => void;

  private constructor(root: string, place: Place) {
    this.root = root;
    this.place = place;
    // An interrupted benchmark would leave gigabytes in memory. Servers may still be writing their last.
    this.#removeAtExit = () => rmSync(root, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    process.once('exit', this.#removeAtExit);
  }

  /** @param dir where to make it; by default in memory if `bytes` fit there twice, else where temporary files go */
  static async create(dir: string | undefined, bytes: number): Promise<Workspace> {
    const { parent, place } = await Workspace.choose(dir, bytes);
    return new Workspace(await mkdtemp(join(parent, 'sluice-bench-')), place);
  }

  /** @returns where `create` would make it */
  static async choose(dir: string | undefined, bytes: number): Promise<{ parent: string; place: Place }> {
    const parent = dir ?? ((await freeSpace(MEMORY_DISK)) > 2 * bytes ? MEMORY_DISK : tmpdir());
    return { parent, place: await placeOf(parent) };
  }

  path(...names: string[]): string {
    return join(this.root, ...names);
  }

  async folder(...names: string[]): Promise<string> {
    const path = this.path(...names);
    await mkdir(path, { recursive: true });
    return path;
  }

  /** Removes one folder of it. */
  async clear(name: string): Promise<void> {
    await rm(this.path(name), { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }

  /** Waits until nothing is left to be written to the disk: what one side left behind would slow down the next. */
  async settle(): Promise<void> {
    if (this.place === 'disk') await promisify(execFile)('sync', ['-f', this.root]);
  }

  async remove(): Promise<void> {
    process.off('exit', this.#removeAtExit);
    await rm(this.root, { recursive: true, force: true });
  }
}

/**
 * Fills memory and frees it again: on a virtual machine the first touch of a page is ten times as slow as later ones.
 * @param bytes as much as the benchmark will use at one time
 */
export async function warmMemory(bytes: number): Promise<void> {
  const room = (await freeSpace(MEMORY_DISK)) * 0.8;
  const workspace = await Workspace.create(MEMORY_DISK, 0);
  try {
    const file = await open(workspace.path('filler'), 'w');
    const block = Buffer.alloc(BLOCK, 1);
    for (let left = Math.min(bytes, room); left > 0; left -= BLOCK) await file.write(block);
    await file.close();
  } finally {
    await workspace.remove();
  }
}

export async function hasMemoryDisk(): Promise<boolean> {
  return (await freeSpace(MEMORY_DISK)) > 0 && (await placeOf(MEMORY_DISK)) === 'memory';
}

async function freeSpace(path: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  } catch {
    return 0;
  }
}

async function placeOf(path: string): Promise<Place> {
  return (await statfs(path)).type === TMPFS ? 'memory' : 'disk';
}
