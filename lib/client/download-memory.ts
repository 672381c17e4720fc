import { CreditWindow, ReceiveCredit } from '../../protocol/credit.js';
import { CHUNK_SIZE } from '../../protocol/limits.js';
import type { ChunkPool } from './chunk-pool.js';
import { MemoryShare } from './memory-share.js';

/** Chunks that may be granted and not done with, where memory allows: as many as an upload wants. */
const WINDOW = 32;
/** The same for readers who keep the memory; reached only by those who read. */
const WINDOW_OF_KEEPER = 4;

/**
 * The memory of one download, and the credit that is granted for it (P-5.7): a buffer of the pool for each chunk, new memory
 * for targets that keep it, and next to nothing for a small file.
 */
export class DownloadMemory {
  readonly credit = new ReceiveCredit(0);
  readonly #pool: ChunkPool;
  readonly #keeps: boolean;
  readonly #onGrant: (limit: number) => void;
  /** Chunks that the whole download has; unknown until FILE. */
  #needed = 1;
  readonly #limit: number;
  /** Undefined for a file that needs no buffer of the pool. */
  #share: MemoryShare | undefined;
  #small: boolean;
  /** For readers who keep the memory. */
  #windowOfKeeper = 1;
  readonly #window = new CreditWindow();
  /** Chunks that are arriving, or have arrived and are not written. */
  #taken = 0;
  /** Set aside in the pool and not taken. */
  #reserved = 0;
  /** Granted, and not written yet. */
  #held = 0;
  #giveUpWaiting: (() => void) | undefined;
  #closed = false;

  /**
   * @param options.small bytes up to which a file needs no buffer of the pool
   * @param options.expected bytes of the file, where they are thought to be known
   * @param onGrant the limit has risen to this: tell the server
   */
  constructor(
    pool: ChunkPool,
    { keeps, small, expected = Infinity }: { keeps: boolean; small: number; expected?: number | undefined },
    onGrant: (limit: number) => void,
  ) {
    this.#pool = pool;
    this.#keeps = keeps;
    this.#limit = small;
    this.#small = expected <= small;
    this.#onGrant = onGrant;
  }

  /**
   * Sets aside what the first chunk needs, then calls `ready`: at once, or when others have given some back. A GET that is asked for
   * without credit keeps the server from reading small files together.
   */
  begin(ready: () => void): void {
    const grant = (): void => {
      this.#held = 1;
      this.credit.grant(1);
      ready();
    };
    if (this.#keeps || this.#small) return grant();
    this.#join();
    if (this.#reserve()) return grant();
    this.#giveUpWaiting = this.#pool.wait(() => {
      this.#giveUpWaiting = undefined;
      this.#reserved = 1;
      grant();
    });
  }

  /** FILE came: what is needed is known now. */
  expect(chunks: number, length: number): void {
    this.#needed = chunks;
    const wasSmall = this.#small;
    this.#small = length <= this.#limit;
    if (this.#keeps || wasSmall === this.#small) {
      // The first grant stands as it is.
    } else if (this.#small) {
      this.#share?.leave();
      this.#releaseReserved();
    } else {
      // It was granted for a small file, and it is a large one.
      this.#join();
      this.#pool.overdraw();
      this.#reserved += 1;
    }
    this.#grant();
  }

  /** Memory for a chunk of `length` bytes, for which credit was granted. */
  take(length: number): Uint8Array {
    this.#taken += 1;
    if (this.#keeps || this.#small) return Buffer.allocUnsafeSlow(length);
    this.#reserved -= 1;
    return this.#pool.take().subarray(0, length);
  }

  /** A chunk is written: its memory and its credit can be used again. */
  give(bytes: Uint8Array): void {
    if (!this.#keeps && !this.#small) this.#pool.give(new Uint8Array(bytes.buffer, 0, CHUNK_SIZE));
    this.#held -= 1;
    // A file of one chunk may have had its place elsewhere.
    this.#taken = Math.max(0, this.#taken - 1);
    this.#windowOfKeeper = Math.min(WINDOW_OF_KEEPER, this.#windowOfKeeper + 1);
    // One that is arriving isn't waiting.
    this.#window.onWritten(Math.max(0, this.#taken - 1));
    if (!this.#closed) this.#grant();
  }

  /**
   * The download is over. Chunks that are being written are still given back with `give`.
   * @param filling the memory of a chunk in progress; `pinned`: bytes may still be placed there, so nobody may have it
   */
  close(filling: Uint8Array | undefined, pinned: boolean): void {
    this.#closed = true;
    this.#share?.leave();
    this.#giveUpWaiting?.();
    this.#releaseReserved();
    if (filling === undefined || this.#keeps || this.#small) return;
    if (pinned) this.#pool.release();
    else this.#pool.give(new Uint8Array(filling.buffer, 0, CHUNK_SIZE));
  }

  #grant(): void {
    const before = this.credit.limit;
    const most = this.#keeps ? this.#windowOfKeeper : Math.min(WINDOW, this.#window.size);
    const window = this.#share?.limit(most) ?? most;
    while (this.credit.limit < this.#needed && this.#held < window && this.#setAside()) {
      this.credit.grant(1);
      this.#held += 1;
    }
    if (this.credit.limit > before) this.#onGrant(this.credit.limit);
  }

  #join(): void {
    this.#share ??= new MemoryShare();
    this.#share.join();
  }

  #setAside(): boolean {
    if (this.#keeps || this.#small || this.#reserve()) return true;
    this.#giveUpWaiting ??= this.#pool.wait(() => {
      this.#giveUpWaiting = undefined;
      this.#reserved += 1;
      this.#held += 1;
      this.credit.grant(1);
      this.#onGrant(this.credit.limit);
      this.#grant();
    });
    return false;
  }

  #reserve(): boolean {
    if (!this.#pool.reserve()) return false;
    this.#reserved += 1;
    return true;
  }

  #releaseReserved(): void {
    for (; this.#reserved > 0; this.#reserved--) this.#pool.release();
  }
}
