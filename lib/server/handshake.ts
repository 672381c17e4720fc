import type { Frame } from '../../protocol/decoder.js';
import { ProtocolError } from '../../protocol/errors.js';
import { CHUNK_SIZE, PROTOCOL_VERSION } from '../../protocol/limits.js';
import type { Algorithm } from '../../protocol/algorithms.js';
import { decodeMessage, type Message } from '../../protocol/messages.js';

/** What a server offers in its HELLO (P-3.2). */
export interface Offer {
  /** What it can digest with. */
  readonly algorithms: readonly Algorithm[];
  /** Greatest fragment, bytes. */
  readonly fragment: number;
  /** Streams open at once. */
  readonly streams: number;
  /** Bytes of eager files under way, and of the greatest of them. */
  readonly allowance: number;
  readonly eager: number;
  readonly agent: string;
}

/**
 * Reads the client's HELLO and settles what is in force.
 * @returns the server's HELLO
 * @throws {ProtocolError} `wrong-state`, `bad-message`, `unsupported-version` (P-1.3, P-3.3)
 */
export function negotiate(frame: Frame, offer: Offer): Message<'serverHello'> {
  if (frame.name !== 'hello') throw new ProtocolError('wrong-state', `${frame.name.toUpperCase()} before HELLO`);
  const { versions, algorithms, fragment: wanted } = decodeMessage('clientHello', frame.meta);
  if (!versions.includes(PROTOCOL_VERSION)) {
    throw new ProtocolError('unsupported-version', `this server speaks version ${PROTOCOL_VERSION} only`);
  }
  // The client's order counts. SHA-256 is in both lists, so there always is one.
  const algorithm = algorithms.find((name) => offer.algorithms.some((own) => own === name)) as Algorithm;
  const fragment = Math.min(wanted, offer.fragment);
  const { streams, allowance, agent } = offer;
  const eager = Math.min(offer.eager, fragment);
  return { version: PROTOCOL_VERSION, algorithm, fragment, chunk: CHUNK_SIZE, streams, allowance, eager, agent };
}
