import { ProtocolError } from '../../protocol/errors.js';
import { CHUNK_SIZE, MAX_DIGEST_REFUSALS } from '../../protocol/limits.js';
import { encodeFrame } from '../../protocol/messages.js';

/** The chunks of one upload that must come again (P-5.6, P-6.6). */
export class Resends {
  readonly #stream: number;
  readonly #size: number | undefined;
  readonly #send: (frame: Buffer) => void;
  /** Indexes. At most as many as were granted. */
  readonly #owed = new Set<number>();
  /** Chunks that were granted in older epochs and may still come, to be skipped. */
  #outdated = 0;
  #refusals = 0;

  /** @param size of the file in bytes, where known */
  constructor(stream: number, size: number | undefined, send: (frame: Buffer) => void) {
    this.#stream = stream;
    this.#size = size;
    this.#send = send;
  }

  /** How many were asked for again and have not begun to come. */
  get owed(): number {
    return this.#owed.size;
  }

  owes(chunk: number): boolean {
    return this.#owed.has(chunk);
  }

  /** A chunk begins to come. */
  begun(chunk: number): void {
    this.#owed.delete(chunk);
  }

  /** @param unused grants of the epoch that has ended */
  revoked(unused: number): void {
    this.#outdated += unused;
  }

  /**
   * P-5.6: DATA of an older epoch. One RESEND for each chunk, at its first fragment; the one that was in mid-way has had its own.
   * @throws {ProtocolError} `over-credit`, `bad-frame`
   */
  skip(offset: number, epoch: number): void {
    if (offset % CHUNK_SIZE !== 0) return;
    if (this.#outdated === 0) throw new ProtocolError('over-credit', `DATA beyond what epoch ${epoch} granted`);
    if (offset >= (this.#size ?? Infinity)) throw new ProtocolError('bad-frame', `DATA at ${offset}, behind the file`);
    this.#outdated -= 1;
    this.ask(offset / CHUNK_SIZE, epoch, 'revoked');
  }

  ask(chunk: number, epoch: number, reason: 'digest' | 'revoked'): void {
    this.#owed.add(chunk);
    this.#send(encodeFrame('resend', { offset: chunk * CHUNK_SIZE, epoch, reason }, { stream: this.#stream }));
  }

  /**
   * The bytes don't give the leaf (P-6.6).
   * @throws {ProtocolError} `digest-mismatch` when that has happened too often
   */
  refuse(chunk: number, epoch: number): void {
    this.#refusals += 1;
    if (this.#refusals > MAX_DIGEST_REFUSALS) {
      throw new ProtocolError('digest-mismatch', `chunks came corrupt ${this.#refusals} times`);
    }
    this.ask(chunk, epoch, 'digest');
  }
}
