import { ProtocolError } from '../../protocol/errors.js';
import { ConnectionError, TimeoutError } from './errors.js';

const UNKNOWN_HOST = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA', 'EAI_NONAME']);

/** Why a connection could not be made, or ended: what, why, and what to do. */
export class EndReasons {
  readonly #address: string;
  readonly #timeoutMs: number;
  readonly #wanted: string;

  /** @param wanted what should listen there: `Sluice server` */
  constructor({ host, port, timeoutMs }: { host: string; port: number; timeoutMs: number }, wanted = 'Sluice server') {
    this.#address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
    this.#timeoutMs = timeoutMs;
    this.#wanted = wanted;
  }

  noAnswer(cause?: Error): TimeoutError {
    const what = `no answer from ${this.#address} for ${this.#timeoutMs / 1000} s`;
    return new TimeoutError(`${what}; check the address, and that a ${this.#wanted} runs there`, { cause });
  }

  foreign(bytes: Uint8Array): ConnectionError {
    const seen = JSON.stringify(Buffer.from(bytes).toString('latin1'));
    const what = `what answers at ${this.#address} is no Sluice server: it began with ${seen}`;
    return new ConnectionError('not-sluice', `${what}. Check the port`);
  }

  /** The socket ended before the server's HELLO. `cause` is undefined when the peer closed in good order. */
  notConnected(cause: Error | undefined): Error {
    const errno = (cause as NodeJS.ErrnoException | undefined)?.code;
    const options = { cause };
    const address = this.#address;
    if (errno === 'ETIMEDOUT' || errno === 'timeout') return this.noAnswer(cause);
    if (errno !== undefined && UNKNOWN_HOST.has(errno)) {
      return new ConnectionError('unknown-host', `the host of ${address} is not known; check its spelling`, options);
    }
    if (cause === undefined || errno === 'ECONNRESET' || errno === 'EPIPE') {
      const what = `${address} closed the connection without a word of the protocol`;
      return new ConnectionError('not-sluice', `${what}: it may be no ${this.#wanted}. Check the port`, options);
    }
    const what =
      errno === 'ECONNREFUSED'
        ? `${address} refused the connection: no server listens there`
        : `cannot connect to ${address}: ${cause.message}`;
    return new ConnectionError('connection-refused', what, options);
  }

  /** The socket ended under the operations. */
  lost(cause: Error | undefined): Error {
    const address = this.#address;
    if (cause instanceof ProtocolError && cause.code === 'timeout') {
      return new TimeoutError(`the connection to ${address} stands still: ${cause.message}`, { cause });
    }
    const why = cause === undefined ? 'the server closed it' : cause.message;
    return new ConnectionError('connection-lost', `the connection to ${address} was lost: ${why}`, { cause });
  }
}
