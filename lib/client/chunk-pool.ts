import { CHUNK_SIZE } from '../../protocol/limits.js';

/**
 * Buffers that nobody uses, of all clients of the process: the first touch of new memory costs more than a transfer's copy into it. What
 * was used last goes out first, and all of it goes when nothing was given back for a while.
 */
const spare: Uint8Array[] = [];
const MOST_SPARE = 64;
/** Milliseconds. */
const SPARE_KEPT = 10_000;
let expiry: NodeJS.Timeout | undefined;

function keepSpare(buffer: Uint8Array): void {
  if (spare.length < MOST_SPARE) spare.push(buffer);
  expiry ??= setTimeout(() => {
    expiry = undefined;
    spare.length = 0;
  }, SPARE_KEPT).unref();
  expiry.refresh();
}

/**
 * The memory of a client's bulk transfers: at most `limit` buffers of one chunk, however many operations share them.
 * A buffer is set aside first (credit is granted for it) and taken when bytes come.
 */
export class ChunkPool {
  readonly #limit: number;
  #reserved = 0;
  readonly #waiting = new Set<() => void>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Buffers set aside or in use. */
  get reserved(): number {
    return this.#reserved;
  }

  /** Sets one buffer aside, unless all are or others wait for one. */
  reserve(): boolean {
    if (this.#reserved >= this.#limit || this.#waiting.size > 0) return false;
    this.#reserved += 1;
    return true;
  }

  /** Sets one aside even when none is left: for memory that the server was promised already. */
  overdraw(): void {
    this.#reserved += 1;
  }

  /**
   * For whom `reserve` had none: sets one aside as soon as there is one, in the order of asking, then calls `whenReserved`.
   * @returns gives up waiting
   */
  wait(whenReserved: () => void): () => void {
    const waiter = (): void => whenReserved();
    this.#waiting.add(waiter);
    return () => this.#waiting.delete(waiter);
  }

  /** The memory of one that was set aside. */
  take(): Uint8Array {
    return spare.pop() ?? Buffer.allocUnsafeSlow(CHUNK_SIZE);
  }

  /** Gives memory back. Nothing may write to it any more. */
  give(buffer: Uint8Array): void {
    keepSpare(buffer);
    this.release();
  }

  /** Gives back one that was set aside: not taken, or its memory can't be used again yet and is left to itself. */
  release(): void {
    this.#reserved -= 1;
    for (const waiter of this.#waiting) {
      if (this.#reserved >= this.#limit) return;
      this.#waiting.delete(waiter);
      this.#reserved += 1;
      waiter();
    }
  }
}
