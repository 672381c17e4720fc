import { ProtocolError } from '../../protocol/errors.js';

/** Counts a connection's eager files that are under way (P-5.9). */
export class EagerAllowance {
  readonly #limit: number;
  /** Greatest file, bytes. */
  readonly #greatest: number;
  readonly #byStream = new Map<number, number>();
  #bytes = 0;

  constructor(limit: number, greatest: number) {
    this.#limit = limit;
    this.#greatest = greatest;
  }

  /** @throws {ProtocolError} `over-credit` */
  take(stream: number, size: number): void {
    if (size > this.#greatest) throw new ProtocolError('over-credit', `an eager PUT of ${size} bytes`);
    this.#byStream.set(stream, size);
    this.#bytes += size;
    if (this.#bytes > this.#limit) {
      throw new ProtocolError('over-credit', `${this.#bytes} bytes of eager files are under way`);
    }
  }

  /** The stream has had its final frame, or its RESEND. No effect for streams that hold nothing. */
  give(stream: number): void {
    this.#bytes -= this.#byStream.get(stream) ?? 0;
    this.#byStream.delete(stream);
  }
}
