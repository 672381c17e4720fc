import { randomFillSync } from 'node:crypto';
import { closeSync, linkSync, mkdirSync, openSync, readdirSync, readSync, statSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { availableAlgorithms, hashOf } from '../lib/workers/digests.js';

const BLOCK = 1024 * 1024;

/** Writes a file of random bytes, which nothing on the way can compress or share. */
export function writeRandomFile(path: string, size: number): void {
  const file = openSync(path, 'w');
  try {
    const block = Buffer.allocUnsafe(Math.min(size, BLOCK));
    for (let left = size; left > 0; left -= block.length) {
      writeSync(file, randomFillSync(block), 0, Math.min(left, block.length));
    }
  } finally {
    closeSync(file);
  }
}

/** Writes `count` random files of `size` bytes, in folders of `perFolder`. */
export function writeRandomTree(path: string, count: number, size: number, perFolder = 100): void {
  for (let index = 0; index < count; index++) {
    const folder = join(path, `folder-${String(Math.floor(index / perFolder)).padStart(4, '0')}`);
    if (index % perFolder === 0) mkdirSync(folder, { recursive: true });
    writeRandomFile(join(folder, `file-${String(index).padStart(6, '0')}`), size);
  }
}

/** The files below a folder, relative to it, in order. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

/** Gives a file, or all files of a folder, a second name: what is only read needn't be there twice. */
export function linkTree(source: string, copy: string): void {
  if (statSync(source).isFile()) return linkSync(source, copy);
  const folders = new Set<string>();
  for (const name of filesBelow(source)) {
    const folder = dirname(join(copy, name));
    if (!folders.has(folder)) mkdirSync(folder, { recursive: true });
    folders.add(folder);
    linkSync(join(source, name), join(copy, name));
  }
}

/**
 * Throws unless both are files of the same bytes, or folders of such files. Synchronous: ten thousand small files take half a second so,
 * and many seconds through promises.
 */
export function requireSame(arrival: string, source: string): void {
  if (statSync(source).isFile()) return requireSameFile(arrival, source);
  const names = filesBelow(source);
  const arrived = filesBelow(arrival);
  const stray = arrived.length === names.length ? arrived.find((name, index) => name !== names[index]) : undefined;
  if (arrived.length !== names.length || stray !== undefined) {
    throw new Error(`${arrival} has ${stray ?? arrived.length}, not the ${names.length} files that were sent`);
  }
  for (const name of names) requireSameFile(join(arrival, name), join(source, name));
}

const blocks = [Buffer.allocUnsafe(BLOCK), Buffer.allocUnsafe(BLOCK)] as const;

function requireSameFile(arrival: string, source: string): void {
  const files = [openSync(arrival, 'r'), openSync(source, 'r')] as const;
  try {
    for (;;) {
      const [arrived, sent] = files.map((file, index) => readBlock(file, blocks[index]!)) as [Buffer, Buffer];
      if (!arrived.equals(sent)) throw new Error(`${arrival} is not what was sent`);
      if (sent.length === 0) return;
    }
  } finally {
    files.forEach(closeSync);
  }
}

/** The digest of a file's bytes by the fastest algorithm that this machine has, in hex; null if there is no such file. */
export function digestOf(path: string): string | null {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  try {
    const hasher = hashOf(availableAlgorithms()[0]!).begin();
    for (let block: Buffer; (block = readBlock(file, blocks[0])).length > 0;) hasher.update(block);
    return Buffer.from(hasher.digest()).toString('hex');
  } finally {
    closeSync(file);
  }
}

function readBlock(file: number, block: Buffer): Buffer {
  return block.subarray(0, readSync(file, block));
}
