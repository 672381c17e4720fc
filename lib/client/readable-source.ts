import type { Readable } from 'node:stream';
import { CHUNK_SIZE } from '../../protocol/limits.js';
import type { ChunkPool } from './chunk-pool.js';
import { ArgumentError, toError } from './errors.js';
import type { ChunkTaker, UploadSource } from './upload-source.js';

/** Chunks of one stream that are in memory: read and not accepted by the server yet. All but one count in the client's pool. */
const MAX_KEPT = 4;

/**
 * A stream of unknown length. It is read as fast as the server accepts it: chunks are kept until then, because a stream can't
 * be read again.
 */
export class ReadableSource implements UploadSource {
  size: number | undefined;
  available = 0;
  readonly mode = undefined;
  readonly mtimeMs = undefined;

  readonly #readable: Readable;
  readonly #pool: ChunkPool;
  #reserved = 0;
  readonly #kept = new Map<number, Uint8Array>();
  #onChange: ((error?: Error) => void) | undefined;
  #failure: Error | undefined;
  /** Wakes the reading loop when a chunk was accepted. */
  #onRoom: (() => void) | undefined;
  #started = false;
  #lost = false;
  #destroyed = false;

  constructor(readable: Readable, pool: ChunkPool) {
    this.#readable = readable;
    this.#pool = pool;
    // It can fail before anybody reads it; the reading loop hears of it then.
    readable.on('error', () => undefined);
  }

  /** Whether the content can still be given from its start: nothing of it was let go. */
  get replayable(): boolean {
    return !this.#lost && this.#failure === undefined;
  }

  open(): void {
    if (this.#started) return;
    this.#started = true;
    void this.#run();
  }

  whole(): undefined {
    return undefined;
  }

  watch(onChange: (error?: Error) => void): void {
    this.#onChange = onChange;
    if (this.#failure !== undefined) onChange(this.#failure);
  }

  chunk(index: number, take: ChunkTaker): void {
    take(undefined, this.#kept.get(index)!);
  }

  sent(): void {
    // Kept until it is accepted.
  }

  accepted(first: number, end: number): void {
    for (const index of this.#kept.keys()) if (index >= first && index < end) this.#letGo(index);
    this.#onRoom?.();
  }

  verifyUnchanged(): void {
    // What was read once can't change.
  }

  close(): void {
    this.#onChange = undefined;
  }

  /** Nothing more will be asked for: stops the stream, and the loop that reads it. */
  destroy(): void {
    this.#destroyed = true;
    for (const index of this.#kept.keys()) this.#letGo(index);
    this.#readable.destroy();
    this.#onRoom?.();
  }

  async #run(): Promise<void> {
    let filled = 0;
    let chunk: Uint8Array = new Uint8Array(0);
    let total = 0;
    try {
      for await (const piece of this.#readable as AsyncIterable<unknown>) {
        const bytes = toBytes(piece);
        total += bytes.length;
        for (let at = 0; at < bytes.length;) {
          if (filled === chunk.length) {
            if (!this.#mayKeepMore()) await this.#room();
            // A piece can be far larger than what is kept: nobody would wake this loop again.
            if (this.#destroyed) return;
            chunk = Buffer.allocUnsafeSlow(CHUNK_SIZE);
            filled = 0;
          }
          const part = bytes.subarray(at, at + chunk.length - filled);
          chunk.set(part, filled);
          filled += part.length;
          at += part.length;
          if (filled === chunk.length) this.#keep(chunk);
        }
      }
      if (filled < chunk.length) this.#keep(chunk.subarray(0, filled));
      this.size = total;
      this.#onChange?.();
    } catch (error) {
      this.#failure = toError(error);
      this.#onChange?.(this.#failure);
    }
  }

  #keep(chunk: Uint8Array): void {
    this.#kept.set(this.available, chunk);
    this.available += 1;
    this.#onChange?.();
  }

  #letGo(index: number): void {
    this.#kept.delete(index);
    this.#lost = true;
    if (this.#reserved === 0) return;
    this.#reserved -= 1;
    this.#pool.release();
  }

  #mayKeepMore(): boolean {
    if (this.#kept.size === 0) return true;
    if (this.#kept.size >= MAX_KEPT || !this.#pool.reserve()) return false;
    this.#reserved += 1;
    return true;
  }

  #room(): Promise<void> {
    return new Promise((resolve) => {
      this.#onRoom = () => {
        if (!this.#mayKeepMore()) return;
        this.#onRoom = undefined;
        resolve();
      };
    });
  }
}

function toBytes(piece: unknown): Uint8Array {
  if (piece instanceof Uint8Array) return piece;
  if (typeof piece === 'string') return Buffer.from(piece);
  throw new ArgumentError('bad-argument', 'the source is a stream of objects; it must give bytes or text');
}
