import { ProtocolError } from '../../protocol/errors.js';
import { PROTOCOL_VERSION } from '../../protocol/limits.js';
import type { Algorithm, Message } from '../../protocol/messages.js';
import { ConnectionError, TimeoutError } from './errors.js';

interface Offer {
  readonly algorithms: readonly Algorithm[];
  readonly fragmentSize: number;
}

/** P-3.1. */
export function clientHello({ algorithms, fragmentSize }: Offer): Message<'clientHello'> {
  return {
    versions: [PROTOCOL_VERSION],
    algorithms: [...algorithms],
    fragment: fragmentSize,
    agent: `sluice (node ${process.version})`,
  };
}

/**
 * P-3.2: what the schema can't know.
 * @throws {ProtocolError} `unsupported-version`, `bad-message`
 */
export function checkServerHello(hello: Message<'serverHello'>, { algorithms, fragmentSize }: Offer): void {
  if (hello.version !== PROTOCOL_VERSION) {
    throw new ProtocolError('unsupported-version', `the server chose version ${hello.version}, which was not offered`);
  }
  if (!algorithms.includes(hello.algorithm)) {
    throw new ProtocolError('bad-message', `the server chose ${hello.algorithm}, which was not offered`);
  }
  if (hello.fragment > fragmentSize) {
    throw new ProtocolError('bad-message', `the server chose fragments of ${hello.fragment} bytes, above the offer`);
  }
}

const UNKNOWN_HOST = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA', 'EAI_NONAME']);

/** Why there is no connection, from the socket's end. `cause` is undefined when the peer closed in good order. */
export function failedConnecting(address: string, cause: Error | undefined, noAnswer: string): Error {
  const errno = (cause as NodeJS.ErrnoException | undefined)?.code;
  const options = { cause };
  if (errno === 'ETIMEDOUT' || errno === 'timeout') return new TimeoutError(noAnswer, options);
  if (errno !== undefined && UNKNOWN_HOST.has(errno)) {
    return new ConnectionError('unknown-host', `the host of ${address} is not known; check its spelling`, options);
  }
  if (cause === undefined || errno === 'ECONNRESET' || errno === 'EPIPE') {
    return new ConnectionError(
      'not-sluice',
      `${address} closed the connection without a word of the protocol: it may be no Sluice server. Check the port`,
      options,
    );
  }
  if (errno === 'ECONNREFUSED') {
    return new ConnectionError(
      'connection-refused',
      `${address} refused the connection: no server listens there`,
      options,
    );
  }
  return new ConnectionError('connection-refused', `cannot connect to ${address}: ${cause.message}`, options);
}
