import { chunkCount } from '../../../protocol/chunks.js';
import { Base64Encoder, textRoom } from '../../../protocol/legacy/base64-encoder.js';
import type { RequestText } from '../../../protocol/legacy/request-writer.js';
import type { Progress } from '../api.js';
import { notify } from '../arguments.js';
import { toError } from '../errors.js';
import type { UploadSource } from '../upload-source.js';
import type { Exchange } from './exchange.js';

export interface LegacyUploadHost {
  readonly exchange: Exchange;
  readonly onProgress: ((progress: Progress) => void) | undefined;
  /** All bytes of content, in order. */
  readonly onContent: ((bytes: Uint8Array) => void) | undefined;
}

/**
 * An UPLOAD's way out: a chunk is encoded as text, always in the same memory, and given to the socket, and the next one read meanwhile.
 * A small file leaves in one piece with its request, as old servers like it. What fails here fails the exchange, and its terminator is never sent.
 */
export class LegacyUpload {
  /** Bytes of content so far. */
  size = 0;
  readonly #host: LegacyUploadHost;
  readonly #source: UploadSource;
  readonly #text: RequestText;
  readonly #encoder = new Base64Encoder();
  /** Of the one piece under way. */
  #memory: Buffer | undefined;
  #asked = 0;
  #sent = 0;
  #ahead: Uint8Array | undefined;
  #reading = false;
  #writing = false;
  #over = false;

  constructor(host: LegacyUploadHost, source: UploadSource, text: RequestText) {
    this.#host = host;
    this.#source = source;
    this.#text = text;
  }

  start(): void {
    this.#guard(() => {
      this.#source.open();
      this.#source.watch((error) => {
        if (error === undefined) this.#advance();
        else this.#fail(error);
      });
      this.#advance();
    });
  }

  /** The exchange is over, whether or not all was sent. */
  stop(): void {
    this.#over = true;
    if (this.#ahead !== undefined) this.#source.sent(this.#ahead);
    this.#ahead = undefined;
    this.#source.close();
  }

  /** Chunks of the whole file; undefined while nobody knows. */
  get #chunks(): number | undefined {
    const { size } = this.#source;
    return size === undefined ? undefined : chunkCount(size);
  }

  #advance(): void {
    if (this.#over) return;
    this.#guard(() => {
      this.#write();
      this.#readAhead();
    });
  }

  #readAhead(): void {
    const end = Math.min(this.#source.available, this.#chunks ?? Infinity);
    if (this.#over || this.#reading || this.#ahead !== undefined || this.#asked >= end) return;
    this.#reading = true;
    this.#source.chunk(this.#asked++, (error, bytes) => {
      this.#reading = false;
      if (error !== undefined) return this.#fail(error);
      this.#ahead = bytes;
      this.#advance();
    });
  }

  #write(): void {
    if (this.#writing || this.#over) return;
    const bytes = this.#ahead;
    if (bytes === undefined && this.#sent !== this.#chunks) return;
    // Before anything that calls back: pieces leave in order.
    this.#writing = true;
    const { before, behind } = this.#text;
    // The first piece is the longest: all chunks but the last are of one size.
    this.#memory ??= Buffer.allocUnsafe(before.length + textRoom(bytes?.length ?? 0) + behind.length);
    const memory = this.#memory;
    let end = this.#sent === 0 ? memory.write(before, 'latin1') : 0;
    if (bytes !== undefined) end += this.#encode(bytes, memory.subarray(end));
    const last = this.#sent === this.#chunks;
    if (last) {
      this.#source.verifyUnchanged();
      end += this.#encoder.end(memory.subarray(end));
      end += memory.write(behind, end, 'latin1');
    }
    this.#host.exchange.write(memory.subarray(0, end), {
      last,
      onTaken: () => {
        this.#writing = last;
        notify(this.#host.onProgress, { bytes: this.size, total: this.#source.size });
        this.#advance();
      },
    });
  }

  /** @returns how many characters */
  #encode(bytes: Uint8Array, target: Uint8Array): number {
    const length = this.#encoder.encode(bytes, target);
    this.#host.onContent?.(bytes);
    this.#ahead = undefined;
    this.size += bytes.length;
    // As text it is a copy: the chunk's memory can be used again at once.
    this.#source.sent(bytes);
    this.#source.accepted(this.#sent, this.#sent + 1);
    this.#sent += 1;
    return length;
  }

  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#fail(toError(error));
    }
  }

  #fail(error: Error): void {
    if (!this.#over) this.#host.exchange.fail(error);
  }
}
