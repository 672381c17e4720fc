import { ProtocolError } from '../../protocol/errors.js';
import { PROTOCOL_VERSION } from '../../protocol/limits.js';
import type { Algorithm } from '../../protocol/algorithms.js';
import type { Message } from '../../protocol/messages.js';

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
