import * as fs from 'node:fs';
import { chunkLength } from '../../protocol/chunks.js';
import { type Hash, LeafHasher } from '../../protocol/digest-tree.js';
import { CHUNK_SIZE } from '../../protocol/limits.js';
import { Arena } from './arena.js';
import type { ChunkPool } from './chunk-pool.js';
import { type Pace, paceOf } from './disk-pace.js';
import { LocalFileError, localFileError } from './errors.js';
import type { ChunkTaker, UploadSource } from './upload-source.js';

/** O_NONBLOCK: the open of a FIFO would wait for its writer, for ever. */
const READ = fs.constants.O_RDONLY | fs.constants.O_NONBLOCK;

/** What is read in place is digested in pieces of so many bytes, while they are in the cache. */
const PIECE = 131_072;

/** For small files, which are read whole. */
const arena = new Arena();

/** A local file. Chunks are read when there is credit for them, into buffers of the client's pool. */
export class FileSource implements UploadSource {
  size = 0;
  mode: number | undefined;
  mtimeMs: number | undefined;

  readonly #path: string;
  readonly #pool: ChunkPool;
  readonly #follow: boolean;
  #fd = -1;
  #hash: Hash | undefined;
  #before: fs.Stats | undefined;
  #pace: Pace | undefined;
  /** Reads under way: the descriptor is closed only behind them, or its number could mean another file. */
  #reading = 0;
  #closed = false;
  /** Gives up waiting for memory. */
  readonly #waits = new Set<() => void>();

  /**
   * @param options.follow whether a symbolic link is opened: true for files that the user named
   * @param options.pace that of the file's disk, by default
   */
  constructor(path: string, pool: ChunkPool, { follow, pace }: { follow: boolean; pace?: Pace }) {
    this.#path = path;
    this.#pool = pool;
    this.#follow = follow;
    this.#pace = pace;
  }

  get available(): number {
    return Infinity;
  }

  /**
   * Synchronous: for a small file the calls cost less than one turn of the event loop for each of them would.
   * @throws {LocalFileError}
   */
  open(hash?: Hash): void {
    this.#hash = hash;
    try {
      this.#fd = fs.openSync(this.#path, this.#follow ? READ : READ | fs.constants.O_NOFOLLOW);
      this.#before = fs.fstatSync(this.#fd);
    } catch (error) {
      throw this.#fault(error);
    }
    if (this.#before.isDirectory()) throw this.#refused('local-is-folder', 'it is a folder; use putTree (-r) for it');
    if (!this.#before.isFile()) throw this.#refused('local-not-a-file', 'it is not a regular file');
    this.size = this.#before.size;
    this.mode = this.#before.mode & 0o777;
    this.mtimeMs = this.#before.mtimeMs;
  }

  whole(limit: number): Uint8Array | undefined {
    if (this.size > limit) return undefined;
    // One byte more than there should be: a file that grew, and one whose size is a lie (as in /proc), show at once.
    const bytes = arena.take(this.size + 1);
    let length = 0;
    try {
      let read: number;
      do {
        read = fs.readSync(this.#fd, bytes, length, bytes.length - length, length);
        length += read;
      } while (read > 0 && length < this.size);
    } catch (error) {
      throw this.#fault(error);
    }
    if (length !== this.size) throw this.#changed();
    this.verifyUnchanged();
    return bytes.subarray(0, length);
  }

  watch(): void {
    // Everything is available from the start.
  }

  chunk(index: number, take: ChunkTaker): void {
    if (this.#pool.reserve()) return this.#readChunk(index, take);
    const giveUp = this.#pool.wait(() => {
      this.#waits.delete(giveUp);
      this.#readChunk(index, take);
    });
    this.#waits.add(giveUp);
  }

  sent(bytes: Uint8Array): void {
    this.#pool.give(new Uint8Array(bytes.buffer, 0, CHUNK_SIZE));
  }

  accepted(): void {
    // The file itself is where it would be read again.
  }

  verifyUnchanged(): void {
    const before = this.#before!;
    let after: fs.Stats;
    try {
      after = fs.fstatSync(this.#fd);
    } catch (error) {
      throw this.#fault(error);
    }
    // These times are exact to a quarter of a microsecond: no write is so quick that it could hide between two of those.
    const same = after.size === before.size && after.mtimeMs === before.mtimeMs && after.ctimeMs === before.ctimeMs;
    if (!same) throw this.#changed();
  }

  close(): void {
    this.#closed = true;
    for (const giveUp of this.#waits) giveUp();
    this.#waits.clear();
    this.#closeIfIdle();
  }

  #readChunk(index: number, take: ChunkTaker): void {
    const buffer = this.#pool.take();
    const place = buffer.subarray(0, chunkLength(this.size, index));
    if (this.#isInPlace()) return this.#readInPlace(place, index * CHUNK_SIZE, take);
    this.#reading += 1;
    this.#read(place, index * CHUNK_SIZE, 0, (error, bytes) => {
      this.#reading -= 1;
      this.#closeIfIdle();
      if (error !== undefined || this.#closed) this.#pool.give(buffer);
      if (!this.#closed) take(error, bytes);
    });
  }

  /** Whether the next chunk is read before anything else happens. */
  #isInPlace(): boolean {
    try {
      return (this.#pace ??= paceOf(this.#fd, this.#path)).inPlace;
    } catch {
      // Reading will say what is wrong.
      return false;
    }
  }

  #readInPlace(bytes: Uint8Array, position: number, take: ChunkTaker): void {
    const hasher = this.#hash && new LeafHasher(this.#hash);
    let reading = 0;
    let fault: Error | undefined;
    try {
      for (let at = 0; at < bytes.length && fault === undefined;) {
        const begun = performance.now();
        const length = fs.readSync(this.#fd, bytes, at, Math.min(PIECE, bytes.length - at), position + at);
        reading += performance.now() - begun;
        if (length === 0) fault = this.#changed();
        at += length;
        hasher?.advance(bytes, at);
      }
    } catch (error) {
      fault = this.#fault(error);
    }
    this.#pace!.took(reading);
    if (fault === undefined) return take(undefined, bytes, hasher?.digest(bytes));
    this.sent(bytes);
    take(fault, bytes);
  }

  #read(bytes: Uint8Array, position: number, done: number, take: ChunkTaker): void {
    fs.read(this.#fd, bytes, done, bytes.length - done, position + done, (error, length) => {
      if (error !== null) take(this.#fault(error), bytes);
      else if (length === 0) take(this.#changed(), bytes);
      else if (done + length < bytes.length) this.#read(bytes, position, done + length, take);
      else take(undefined, bytes);
    });
  }

  #closeIfIdle(): void {
    if (!this.#closed || this.#reading > 0 || this.#fd === -1) return;
    const fd = this.#fd;
    this.#fd = -1;
    fs.closeSync(fd);
  }

  #fault(error: unknown): Error {
    if (!this.#follow && (error as NodeJS.ErrnoException).code === 'ELOOP') {
      return this.#refused('local-symlink', 'it is a symbolic link; links inside of a folder are not followed');
    }
    return localFileError('read', this.#path, error);
  }

  #refused(code: 'local-is-folder' | 'local-not-a-file' | 'local-symlink', why: string): LocalFileError {
    return new LocalFileError(code, this.#path, `cannot read '${this.#path}': ${why}`);
  }

  #changed(): LocalFileError {
    return new LocalFileError(
      'source-changed',
      this.#path,
      `'${this.#path}' changed while it was read; nothing was stored. Try again when nobody writes to it`,
    );
  }
}
