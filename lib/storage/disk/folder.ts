import { closeSync, constants, fstatSync, fsyncSync, lstatSync, mkdirSync, openSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { BigIntStats } from 'node:fs';
import { ProtocolError } from '../../../protocol/errors.js';
import { errnoOf } from './failures.js';

/* eslint-disable @typescript-eslint/no-unnecessary-condition -- Windows has none of these flags */
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;
const NON_BLOCKING = constants.O_NONBLOCK ?? 0;
const DIRECTORY = constants.O_DIRECTORY ?? 0;
/* eslint-enable */
export const OPEN_FOLDER = constants.O_RDONLY | DIRECTORY | NO_FOLLOW;
/** A pipe or device must not hold the worker up; what was opened is looked at before it is used. */
export const OPEN_TO_READ = constants.O_RDONLY | NO_FOLLOW | NON_BLOCKING;
export const OPEN_TO_WRITE = constants.O_WRONLY | NO_FOLLOW;
export const READ_AND_WRITE = constants.O_RDWR | NO_FOLLOW;
export const CREATE = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | NO_FOLLOW;

/**
 * How a name below a folder is reached. `proc`: through the folder's open descriptor, `/proc/self/fd/<fd>/name`, which
 * acts as openat: whatever is swapped above it meanwhile, the name is looked up in that very folder (R14). `realpath`:
 * where there is no /proc; every component is looked at, but one swapped for a link between look and use is followed.
 */
export type Walk = 'proc' | 'realpath';

/** A folder of the served tree, or of the private one. */
export class Folder {
  readonly #prefix: string;
  /** Undefined where folders are reached by their paths. */
  readonly fd: number | undefined;

  private constructor(prefix: string, fd: number | undefined) {
    this.#prefix = prefix;
    this.fd = fd;
  }

  static fromDescriptor(fd: number): Folder {
    return new Folder(`/proc/self/fd/${fd}`, fd);
  }

  /** @param path absolute and resolved */
  static fromPath(path: string): Folder {
    return new Folder(path, undefined);
  }

  /** The folder's own path, for opendir. */
  get path(): string {
    return `${this.#prefix}/`;
  }

  /** Where the operating system finds `name`, one component that was checked. */
  entry(name: string): string {
    return `${this.#prefix}/${name}`;
  }

  /**
   * Opens a folder in this one.
   * @throws {ProtocolError} `symlink`, `not-a-folder`; errors of the system as they are
   */
  open(name: string): Folder {
    const path = this.entry(name);
    if (this.fd === undefined) {
      refuseNonFolder(lstatSync(path, { bigint: true }));
      const expected = join(this.#prefix, name);
      if (realpathSync(expected) !== expected) throw symlink();
      return Folder.fromPath(expected);
    }
    try {
      return Folder.fromDescriptor(openSync(path, OPEN_FOLDER));
    } catch (error) {
      const errno = errnoOf(error);
      if (errno !== 'ENOTDIR' && errno !== 'ELOOP') throw error;
      refuseNonFolder(lstatSync(path, { bigint: true }));
      throw error;
    }
  }

  /** Opens a folder in this one, which is made if it isn't there. With `durable` the new name survives a loss of power. */
  openOrMake(name: string, durable: boolean): Folder {
    try {
      return this.open(name);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
    }
    try {
      mkdirSync(this.entry(name));
      if (durable) this.sync();
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error;
    }
    return this.open(name);
  }

  stats(): BigIntStats {
    return this.fd === undefined ? lstatSync(this.#prefix, { bigint: true }) : fstatSync(this.fd, { bigint: true });
  }

  /** What stands under `name`, itself, never what it points to; undefined when nothing does. */
  look(name: string): BigIntStats | undefined {
    return lstatSync(this.entry(name), { bigint: true, throwIfNoEntry: false });
  }

  /** Makes the names in it survive a loss of power. */
  sync(): void {
    if (this.fd !== undefined) {
      fsyncSync(this.fd);
      return;
    }
    // Windows keeps its folders' entries itself, and doesn't open them as files.
    if (process.platform === 'win32') return;
    const fd = openSync(this.#prefix, OPEN_FOLDER);
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  }

  close(): void {
    if (this.fd !== undefined) closeSync(this.fd);
  }
}

/** The wrong thing stands where a path goes on. */
function refuseNonFolder(stats: BigIntStats): void {
  if (stats.isSymbolicLink()) throw symlink();
  if (!stats.isDirectory()) throw new ProtocolError('not-a-folder', 'a part of the path is not a folder');
}

/** P-7.3. */
export const symlink = (): ProtocolError =>
  new ProtocolError('symlink', 'a symbolic link stands in the path; none is followed');
/** P-7.3. */
export const notAFile = (): ProtocolError => new ProtocolError('not-a-file', 'it is not a regular file');
export const notFound = (): ProtocolError => new ProtocolError('not-found', 'there is no such file or folder');
