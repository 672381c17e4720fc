import type { ProtocolError } from '../../../protocol/errors.js';

export interface SyncPolicy {
  /** Sync when this many bytes were written since the last time. */
  readonly bytes: number;
  /** … or this many milliseconds after the first of them. */
  readonly delay: number;
}

export const DEFAULT_SYNC_POLICY: SyncPolicy = { bytes: 64 * 1_048_576, delay: 2_000 };

/** Writers wait for the disk when so many times `bytes` are unsynced: so many chunks are remembered at most. */
const BACKLOG = 4;

/** Syncs a growing file now and then, and tells which of its chunks have become durable (R7). */
export class DurableWrites {
  readonly #policy: SyncPolicy;
  readonly #sync: () => Promise<unknown>;
  readonly #onDurable: (chunks: readonly number[]) => void;
  readonly #onFailure: (error: ProtocolError) => void;
  #chunks: number[] = [];
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #syncing: Promise<void> | undefined;
  #ended = false;

  constructor(
    policy: SyncPolicy,
    sync: () => Promise<unknown>,
    onDurable: (chunks: readonly number[]) => void,
    onFailure: (error: ProtocolError) => void,
  ) {
    this.#policy = policy;
    this.#sync = sync;
    this.#onDurable = onDurable;
    this.#onFailure = onFailure;
  }

  /** To be awaited before a chunk is written. */
  async room(): Promise<void> {
    while (this.#bytes > BACKLOG * this.#policy.bytes && this.#syncing !== undefined) await this.#syncing;
  }

  /** A chunk of `length` bytes was written. */
  written(chunk: number, length: number): void {
    if (this.#ended) return;
    this.#chunks.push(chunk);
    this.#bytes += length;
    if (this.#bytes >= this.#policy.bytes) this.#start();
    else this.#timer ??= setTimeout(() => this.#start(), this.#policy.delay).unref();
  }

  /** No more syncs; waits for one under way. */
  async end(): Promise<void> {
    this.#ended = true;
    clearTimeout(this.#timer);
    await this.#syncing;
  }

  #start(): void {
    if (this.#syncing !== undefined || this.#ended) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    // Only what was written before the sync began is sure to be covered by it.
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#bytes = 0;
    this.#syncing = this.#sync().then(
      () => {
        this.#syncing = undefined;
        this.#onDurable(chunks);
        if (this.#bytes >= this.#policy.bytes) this.#start();
      },
      (error: unknown) => {
        // Never tried again and trusted: the system may have dropped the very pages that failed.
        this.#syncing = undefined;
        this.#ended = true;
        this.#onFailure(error as ProtocolError);
      },
    );
  }
}
