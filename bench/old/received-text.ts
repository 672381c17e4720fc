import type { Buffer as Bytes } from 'node:buffer';

/** Bytes that the published programs receive at a time. */
export const RECEIVE_SIZE = 8192;
export const TERMINATOR = '\r\n\r\n';

const FIRST_ROOM = 65_536;

/**
 * The one string that the old programs, at both ends, append each received piece to and search from its start each time. It is kept as bytes
 * that grow in place, as a string of CPython does while nobody else has it. A string of JavaScript would only note the parts, and
 * copy them together anew for each search: 10 MB took 56 to 86 s that way, and 6 s in the published programs.
 */
export class ReceivedText {
  #bytes: Bytes = Buffer.allocUnsafeSlow(FIRST_ROOM);
  #length = 0;

  append(piece: Uint8Array): void {
    if (this.#length + piece.length > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(this.#bytes.length * 2);
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    this.#bytes.set(piece, this.#length);
    this.#length += piece.length;
  }

  /** @returns the first message, without its terminator, which is taken out; undefined until all of it is there */
  takeMessage(): string | undefined {
    const received = this.#bytes.subarray(0, this.#length);
    const end = received.indexOf(TERMINATOR);
    if (end < 0) return undefined;
    const message = received.toString('latin1', 0, end);
    const rest = received.subarray(end + TERMINATOR.length);
    this.#bytes = Buffer.allocUnsafeSlow(FIRST_ROOM);
    this.#length = 0;
    this.append(rest);
    return message;
  }
}
