import { createHash, randomFillSync } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, open, readdir, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

const BLOCK = 1024 * 1024;
const MEMORY_DISK = '/dev/shm';

/** A folder for one run, which takes everything along when it goes. */
export class Workspace {
  readonly root: string;

  private constructor(root: string) {
    this.root = root;
  }

  /** @param dir where to make it; by default in memory if `bytes` fit there twice, else where temporary files go */
  static async create(dir: string | undefined, bytes: number): Promise<Workspace> {
    const parent = dir ?? ((await freeSpace(MEMORY_DISK)) > 2 * bytes ? MEMORY_DISK : tmpdir());
    return new Workspace(await mkdtemp(join(parent, 'sluice-bench-')));
  }

  path(...names: string[]): string {
    return join(this.root, ...names);
  }

  async folder(...names: string[]): Promise<string> {
    const path = this.path(...names);
    await mkdir(path, { recursive: true });
    return path;
  }

  async remove(): Promise<void> {
    await rm(this.root, { recursive: true, force: true });
  }
}

async function freeSpace(path: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  } catch {
    return 0;
  }
}

/** Writes a file of random bytes, which nothing on the way can compress or share. */
export async function writeRandomFile(path: string, size: number): Promise<void> {
  const file = await open(path, 'w');
  try {
    const block = Buffer.allocUnsafe(Math.min(size, BLOCK));
    for (let left = size; left > 0; left -= block.length) {
      await file.write(randomFillSync(block), 0, Math.min(left, block.length));
    }
  } finally {
    await file.close();
  }
}

/** Writes `count` random files of `size` bytes, in folders of a hundred. */
export async function writeRandomTree(path: string, count: number, size: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    const folder = join(path, `folder-${String(Math.floor(index / 100)).padStart(4, '0')}`);
    if (index % 100 === 0) await mkdir(folder, { recursive: true });
    await writeRandomFile(join(folder, `file-${String(index).padStart(6, '0')}`), size);
  }
}

/** SHA-256 of a file, or of the names and files of a folder, in hex. */
export async function digestOf(path: string): Promise<string> {
  const names = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => null);
  const hash = createHash('sha256');
  if (names === null) {
    await pipeline(createReadStream(path, { highWaterMark: BLOCK }), hash, { end: false });
  } else {
    const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    for (const file of files.sort()) hash.update(`${file.slice(path.length)}\n${await digestOf(file)}\n`);
  }
  return hash.digest('hex');
}

/** Throws unless both hold the same, byte by byte as far as SHA-256 can tell. */
export async function requireSame(path: string, digest: string): Promise<void> {
  if ((await digestOf(path)) !== digest) throw new Error(`${path} is not what was sent`);
}
