import { ProtocolError } from '../../../protocol/errors.js';
import type { Connection } from '../../transport/connection.js';

/**
 * Sends replies piece by piece. Each is with the kernel before the next is made, so a client that doesn't read costs one piece
 * of memory and no more.
 */
export class ReplyWriter {
  readonly #connection: Connection;
  readonly #stalled: number;
  #busy = false;
  #begun = false;

  /** @param stalled ms in which the client must take at least one byte */
  constructor(connection: Connection, stalled: number) {
    this.#connection = connection;
    this.#stalled = stalled;
  }

  /** Bytes that the client has taken so far; undefined while nothing waits for it. */
  get taken(): number | undefined {
    return this.#busy ? this.#connection.taken : undefined;
  }

  /** Part of the reply has left: no other can be sent in its place any more. */
  get begun(): boolean {
    return this.#begun;
  }

  /** The next `write` begins a new reply. */
  begin(): void {
    this.#begun = false;
  }

  /**
   * @param piece text is ASCII; bytes may be changed once it resolves
   * @throws {ProtocolError} `cancelled`, or the socket's error, when the connection is gone
   */
  async write(piece: string | Uint8Array): Promise<void> {
    if (this.#connection.failed) throw new ProtocolError('cancelled', 'the connection is gone');
    this.#busy = this.#begun = true;
    const watch = this.#watch();
    try {
      await new Promise<void>((resolve, reject) => {
        this.#connection.socket.write(piece, 'latin1', (error) => {
          if (error) reject(error);
          else resolve();
        });
      });
    } finally {
      clearInterval(watch);
      this.#busy = false;
    }
  }

  #watch(): NodeJS.Timeout {
    let before = this.#connection.taken;
    return setInterval(() => {
      const { taken } = this.#connection;
      if (taken === before) {
        this.#connection.destroy(
          new ProtocolError('timeout', `the client took no byte of a reply for ${this.#stalled / 1000} s`),
        );
      }
      before = taken;
    }, this.#stalled).unref();
  }
}
