import { constants } from 'node:buffer';
import type { Message } from '../../protocol/messages.js';
import { LocalFileError } from './errors.js';

/** Later Nodes name a limit far beyond any memory there is: 4 GiB is what Node 20 takes. */
const MAX_BUFFER = Math.min(constants.MAX_LENGTH, 2 ** 32);

/** What FILE says (P-7.7). */
export type FileInfo = Message<'file'>;
/** What a target needs to know of it. */
export type TargetInfo = Pick<FileInfo, 'mode' | 'mtimeMs'>;
export type Done = (error?: Error) => void;

/** Where the verified bytes of a download go. */
export interface DownloadTarget {
  /** It keeps the memory that it is given; otherwise that can be used again when `write` is done. */
  readonly keeps: boolean;
  /** Positions must come in order. */
  readonly ordered: boolean;
  /** @param length bytes that will be written in all; 0 when nobody knows. @throws {LocalFileError} */
  begin(_info: TargetInfo, length: number): void;
  /**
   * @param bytes up to SMALL of them may be used for something else as soon as it returns, unless the target keeps memory; more when it is done
   * @param position bytes from the beginning of what was asked for. May be done before it returns.
   */
  write(bytes: Uint8Array, position: number, done: Done): void;
  /** Everything was written, and the root is right. */
  finish(): void;
  /** Whatever was written must not be seen. Called after `begin`, also while writes are under way. */
  abort(error: Error): void;
  /** After `abort`: resolves when nothing is held any more, neither disk space nor a descriptor. Never rejects. */
  gone(): Promise<void>;
}

/** Collects the content in memory, chunk by chunk: the announced length alone allocates nothing. */
export class MemoryTarget implements DownloadTarget {
  readonly keeps = true;
  readonly ordered = true;
  readonly #pieces: Uint8Array[] = [];

  begin(_info: TargetInfo, length: number): void {
    if (length > MAX_BUFFER) throw tooLarge(length);
  }

  write(bytes: Uint8Array, position: number, done: Done): void {
    if (position + bytes.length > MAX_BUFFER) return done(tooLarge(position + bytes.length));
    this.#pieces.push(bytes);
    done();
  }

  finish(): void {
    // See `content`.
  }

  abort(): void {
    this.#pieces.length = 0;
  }

  gone(): Promise<void> {
    return Promise.resolve();
  }

  /** All of it, after `finish`. */
  get content(): Uint8Array {
    const [only] = this.#pieces;
    return this.#pieces.length === 1 && only !== undefined ? only : Buffer.concat(this.#pieces);
  }
}

function tooLarge(length: number): LocalFileError {
  return new LocalFileError('local-too-large', '', `${length} bytes don't fit into one buffer; get it to a file`);
}
