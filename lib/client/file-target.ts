import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { type Pace, paceOf } from './disk-pace.js';
import type { Done, DownloadTarget, TargetInfo } from './download-target.js';
import { LocalFileError, localFileError } from './errors.js';
import { SMALL } from './small.js';
import { folderPrefix } from './tree.js';

/** Up to so many bytes are written at once: the call costs less than handing it to another thread. */
const SYNCHRONOUS = 65_536;
/** Characters of the file's name in the temporary's: at most 160 bytes. */
const NAME_PART = 40;

const NEW = fs.constants.O_WRONLY | fs.constants.O_CREAT | fs.constants.O_EXCL | fs.constants.O_NOFOLLOW;

/** One random part for each process; the count makes the names differ. */
const run = randomBytes(6).toString('hex');
let count = 0;

/** A local file: written beside its place, and put there in one step when all of it is right. */
export class FileTarget implements DownloadTarget {
  readonly keeps = false;
  readonly ordered = false;

  readonly #path: string;
  readonly #fresh: boolean;
  #temporary: string | undefined;
  #fd = -1;
  #pace: Pace | undefined;
  #mode = 0o666;
  #mtimeMs = 0;
  /** Writes under way: the descriptor is closed only behind them, or its number could mean another file. */
  #writing = 0;
  #aborted = false;
  #onGone: (() => void) | undefined;

  /**
   * @param options.fresh its folder was made just now for this download: nothing can stand in its place
   * @param options.pace that of the file's disk, by default
   */
  constructor(destination: string, { fresh = false, pace }: { fresh?: boolean; pace?: Pace } = {}) {
    this.#path = destination;
    this.#fresh = fresh;
    this.#pace = pace;
  }

  begin(info: TargetInfo): void {
    this.#mode = info.mode;
    this.#mtimeMs = info.mtimeMs;
    try {
      if (!this.#fresh) this.#checkReplaceable();
      this.#open();
    } catch (error) {
      throw localFileError('write', this.#path, error);
    }
  }

  write(bytes: Uint8Array, position: number, done: Done): void {
    const small = bytes.length <= SYNCHRONOUS;
    if (!small && !this.#isInPlace()) {
      // The memory of a small file is the next one's as soon as this returns.
      const own = bytes.length <= SMALL ? new Uint8Array(bytes) : bytes;
      return this.#write(own, 0, position, done);
    }
    const begun = small ? 0 : performance.now();
    try {
      for (let at = 0; at < bytes.length;) {
        at += fs.writeSync(this.#fd, bytes, at, bytes.length - at, position + at);
      }
    } catch (error) {
      return done(localFileError('write', this.#path, error));
    }
    if (!small) this.#pace!.took(performance.now() - begun);
    done();
  }

  /** @throws {LocalFileError} */
  finish(): void {
    try {
      // The system call cuts to microseconds, and would go one below without a quarter of one. A later Node cuts to nanoseconds:
      // there the quarter is rounded off again by the next copy.
      const modified = Math.max(0, Math.round(this.#mtimeMs * 1000) + 0.25) / 1_000_000;
      fs.futimesSync(this.#fd, Date.now() / 1000, modified);
      this.#close();
      fs.renameSync(this.#temporary!, this.#path);
      this.#temporary = undefined;
    } catch (error) {
      throw localFileError('write', this.#path, error);
    }
  }

  abort(): void {
    this.#aborted = true;
    try {
      if (this.#temporary !== undefined) fs.unlinkSync(this.#temporary);
    } catch {
      // Somebody else removed it, or the whole folder.
    }
    this.#temporary = undefined;
    if (this.#writing === 0) this.#close();
  }

  gone(): Promise<void> {
    if (this.#fd === -1) return Promise.resolve();
    return new Promise((resolve) => (this.#onGone = resolve));
  }

  #checkReplaceable(): void {
    const there = fs.lstatSync(this.#path, { throwIfNoEntry: false });
    if (there?.isDirectory()) throw this.#refused('local-is-folder', 'it is a folder; name a file');
    if (there !== undefined && !there.isFile() && !there.isSymbolicLink()) {
      throw this.#refused('local-not-a-file', 'what stands there is no regular file, and is left alone');
    }
  }

  #open(): void {
    const base = path.basename(this.#path);
    const part = base.length > NAME_PART ? base.slice(0, NAME_PART).toWellFormed() : base;
    const folder = folderPrefix(path.dirname(this.#path));
    const temporary = `${folder}.${part}.sluice-${run}${(count++).toString(36)}`;
    this.#fd = fs.openSync(temporary, NEW, this.#mode);
    this.#temporary = temporary;
  }

  /** Whether the next chunk is written before anything else happens. */
  #isInPlace(): boolean {
    try {
      return (this.#pace ??= paceOf(this.#fd, this.#temporary!)).inPlace;
    } catch {
      // Writing will say what is wrong.
      return false;
    }
  }

  #write(bytes: Uint8Array, at: number, position: number, done: Done): void {
    this.#writing += 1;
    fs.write(this.#fd, bytes, at, bytes.length - at, position + at, (error, length) => {
      this.#writing -= 1;
      if (this.#aborted) {
        if (this.#writing === 0) this.#close();
        done();
      } else if (error !== null) {
        done(localFileError('write', this.#path, error));
      } else if (at + length < bytes.length) {
        this.#write(bytes, at + length, position, done);
      } else {
        done();
      }
    });
  }

  #close(): void {
    if (this.#fd === -1) return;
    const fd = this.#fd;
    this.#fd = -1;
    try {
      fs.closeSync(fd);
    } catch (error) {
      // A network file system may tell only now that the bytes found no room.
      if (!this.#aborted) throw error;
    }
    this.#onGone?.();
  }

  #refused(code: 'local-is-folder' | 'local-not-a-file', why: string): LocalFileError {
    return new LocalFileError(code, this.#path, `cannot write '${this.#path}': ${why}`);
  }
}
