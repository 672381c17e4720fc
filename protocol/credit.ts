import { ProtocolError } from './errors.js';

/** The sender's side of one stream's credit (P-5.1 to P-5.5), counted in chunks (in pages on LIST). */
export class SendCredit {
  #epoch = 0;
  #limit: number;
  #charged = 0;
  /** P-5.3: only a server begins new epochs, and it grants nothing in epoch 0. */
  readonly #grantedByServer: boolean;

  /** @param limit the limit in epoch 0: a GET's or LIST's `credit`; left out on PUT, where a server grants */
  constructor(limit?: number) {
    this.#grantedByServer = limit === undefined;
    this.#limit = limit ?? 0;
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** Chunks that may still be begun in this epoch. */
  get available(): number {
    return this.#limit - this.#charged;
  }

  /**
   * A CREDIT frame arrived.
   * @returns whether it began a new epoch: the chunk in mid-way must then be stopped (P-5.5)
   * @throws {ProtocolError} `wrong-state` (P-5.3)
   */
  onCredit(epoch: number, chunks: number): boolean {
    if (this.#grantedByServer ? epoch === 0 : epoch !== 0) {
      throw new ProtocolError('wrong-state', `CREDIT of epoch ${epoch}`);
    }
    if (epoch < this.#epoch || (epoch === this.#epoch && chunks < this.#limit)) {
      throw new ProtocolError('wrong-state', 'CREDIT that goes back');
    }
    const begins = epoch > this.#epoch;
    if (begins) this.#charged = 0;
    this.#epoch = epoch;
    this.#limit = chunks;
    return begins;
  }

  /** The first fragment of a chunk is about to be sent. Only when `available` is above 0. */
  charge(): void {
    this.#charged += 1;
  }
}

/** The receiver's side of one stream's credit: what it granted and what of it was used. */
export class ReceiveCredit {
  #epoch: number;
  #limit: number;
  #charged = 0;

  /** @param limit the limit in the first epoch */
  constructor(epoch = 0, limit = 0) {
    this.#epoch = epoch;
    this.#limit = limit;
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** The absolute count to announce in CREDIT. */
  get limit(): number {
    return this.#limit;
  }

  /** Granted and not used yet. */
  get unused(): number {
    return this.#limit - this.#charged;
  }

  grant(chunks: number): void {
    this.#limit += chunks;
  }

  /** Begins a new epoch with nothing granted (P-5.3). */
  revoke(): void {
    this.#epoch += 1;
    this.#limit = 0;
    this.#charged = 0;
  }

  /**
   * Classes a fragment by its epoch and charges it when it begins a chunk (P-5.4).
   * @returns false when it is of an older epoch and must be skipped (P-5.6)
   * @throws {ProtocolError} `over-credit`
   */
  accept(epoch: number, first: boolean): boolean {
    if (epoch < this.#epoch) return false;
    if (epoch > this.#epoch) throw new ProtocolError('over-credit', `DATA of epoch ${epoch}, which was not begun`);
    if (!first) return true;
    if (this.unused < 1) throw new ProtocolError('over-credit', `DATA beyond the ${this.#limit} chunks granted`);
    this.#charged += 1;
    return true;
  }
}

/**
 * Chunks that are granted ahead to begin with, and to a sender that is faster than the disk: what 1 Gbit/s has under way in 100 ms.
 */
const FIRST_WINDOW = 12;
const GREATEST_WINDOW = 64;

/**
 * How many chunks of one stream a receiver grants ahead of what is written. Where the line is the limit, the window grows until the line is full,
 * however long its round trip. Where the disk is, more than a few chunks would only wait in memory, and memory that is used again soon is
 * in the cache: on loopback a window of 32 from the start took up to three times as long.
 */
export class CreditWindow {
  #size = FIRST_WINDOW;

  /** Chunks, 12–64. */
  get size(): number {
    return this.#size;
  }

  /** @param waiting chunks of the stream that have arrived and are not written yet, now that one is */
  onWritten(waiting: number): void {
    if (waiting === 0) this.#size = Math.min(this.#size + 2, GREATEST_WINDOW);
    else if (waiting > FIRST_WINDOW) this.#size = Math.max(this.#size - 1, FIRST_WINDOW);
  }
}
