import type { BigIntStats } from 'node:fs';
import { closeSync, fstatSync, openSync } from 'node:fs';
import { ProtocolError } from '../../../protocol/errors.js';
import { errnoOf } from './failures.js';
import { Folder, notAFile, notFound, OPEN_TO_READ, symlink } from './folder.js';

/** Whether folders that are missing on the way are made, and how. */
export type Making = 'no' | 'yes' | 'durably';

/** A path of the wire, checked, as the folder it names something in and the name there. */
export function splitName(path: string): [parent: string, name: string] {
  const slash = path.lastIndexOf('/');
  return slash === -1 ? ['', path] : [path.slice(0, slash), path.slice(slash + 1)];
}

/** The served folder, as a worker reaches into it. No symbolic link is followed in any of this (R14, P-7.3). */
export class Tree {
  readonly root: Folder;
  /** Device and inode of the private folder. */
  readonly #private: BigIntStats;

  constructor(root: Folder, privateFolder: Folder) {
    this.root = root;
    this.#private = privateFolder.stats();
  }

  /**
   * Opens a folder; the caller gives it back to `close`.
   * @param path of the wire, checked by splitPath; '' is the root
   */
  open(path: string, making: Making = 'no'): Folder {
    let here = this.root;
    if (path === '') return here;
    for (const name of path.split('/')) {
      const above = here;
      try {
        here = making === 'no' ? above.open(name) : above.openOrMake(name, making === 'durably');
      } finally {
        this.close(above);
      }
      if (above === this.root && !isPlain(name)) this.#refusePrivate(here);
    }
    return here;
  }

  close(folder: Folder): void {
    if (folder !== this.root) folder.close();
  }

  /** Runs `work` in the folder `path`, open for as long. */
  within<R>(path: string, work: (folder: Folder) => R, making: Making = 'no'): R {
    const folder = this.open(path, making);
    try {
      return work(folder);
    } finally {
      this.close(folder);
    }
  }

  /** What stands under `name`, which a file system that folds names might take for the private folder's. */
  look(folder: Folder, name: string): BigIntStats | undefined {
    const stats = folder.look(name);
    if (stats?.isDirectory() && !isPlain(name)) this.#refuseIfPrivate(stats);
    return stats;
  }

  #refusePrivate(folder: Folder): void {
    try {
      this.#refuseIfPrivate(folder.stats());
    } catch (error) {
      folder.close();
      throw error;
    }
  }

  #refuseIfPrivate({ dev, ino }: BigIntStats): void {
    if (dev === this.#private.dev && ino === this.#private.ino) {
      throw new ProtocolError('reserved-name', 'the name is another spelling of the private folder');
    }
  }
}

/**
 * ASCII without a dot at its start: no file system folds it into `.sluice`. The tilde is left out with the rest, for the
 * short names of Windows.
 */
function isPlain(name: string): boolean {
  // eslint-disable-next-line no-control-regex -- all of ASCII is meant
  return !name.startsWith('.') && /^[\x00-\x7d]*$/.test(name);
}

/**
 * Opens a regular file to read.
 * @throws {ProtocolError} `symlink`, `not-a-file`, `not-found`
 */
export function openFile(folder: Folder, name: string): { fd: number; stats: BigIntStats } {
  // Without /proc the system may not know how to refuse links either (Windows).
  const before = folder.fd === undefined ? folder.look(name) : undefined;
  if (before?.isSymbolicLink()) throw symlink();
  let fd: number;
  try {
    fd = openSync(folder.entry(name), OPEN_TO_READ);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') throw notFound();
    throw error;
  }
  try {
    const stats = fstatSync(fd, { bigint: true });
    if (!stats.isFile()) throw notAFile();
    if (before !== undefined && (before.ino !== stats.ino || before.dev !== stats.dev)) throw symlink();
    return { fd, stats };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** The folders of one batch of files, each opened once. */
export class FolderCache {
  readonly #tree: Tree;
  readonly #open = new Map<string, Folder>();

  constructor(tree: Tree) {
    this.#tree = tree;
  }

  get(path: string, making: Making = 'no'): Folder {
    let folder = this.#open.get(path);
    if (folder === undefined) {
      folder = this.#tree.open(path, making);
      this.#open.set(path, folder);
    }
    return folder;
  }

  folders(): Iterable<Folder> {
    return this.#open.values();
  }

  close(): void {
    for (const folder of this.#open.values()) this.#tree.close(folder);
    this.#open.clear();
  }
}
