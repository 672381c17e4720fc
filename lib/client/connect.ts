import { DEFAULT_FRAGMENT, MAX_FRAGMENT, MIN_FRAGMENT } from '../../protocol/limits.js';
import { availableAlgorithms } from '../workers/digests.js';
import { onAbort } from './aborts.js';
import { parseAddress, type Target } from './address.js';
import type { Algorithm, Client, ConnectOptions, Dialect, StreamClient } from './api.js';
import { SessionClient } from './client.js';
import { ArgumentError, toError } from './errors.js';
import { Session, type SessionOptions } from './session.js';

const DEFAULT_TIMEOUT = 30_000;
/** An old server decodes and stores a large upload before it says a word, and has few workers. */
const DEFAULT_LEGACY_TIMEOUT = 600_000;
const DEFAULT_BUSY_TIMEOUT = 600_000;
/** The longest that a timer of Node can wait. */
const MAX_TIMEOUT = 0x7fff_ffff;
const DIALECTS: readonly Dialect[] = ['stream', 'legacy-json', 'legacy-text'];

/**
 * Connects to a server. With a legacy dialect nothing is sent, and the server isn't asked, before the first operation.
 *
 * @param target `sluice://host[:port]` (a path behind it is ignored), `host[:port]`, or host and port; IPv6 in brackets
 * @throws {ArgumentError} `bad-argument`
 * @throws {ConnectionError} `connection-refused`, `unknown-host`, `not-sluice`
 * @throws {TimeoutError} `timeout`
 * @throws {RemoteError} why the server refuses, as in `too-many-connections`
 */
export function connect(
  target: string | Target,
  options?: ConnectOptions & { readonly protocol?: 'stream' | undefined },
): Promise<StreamClient>;
export function connect(target: string | Target, options: ConnectOptions): Promise<Client>;
export async function connect(target: string | Target, options: ConnectOptions = {}): Promise<Client> {
  const place = typeof target === 'string' ? parseTarget(target) : target;
  const { signal, protocol = 'stream' } = options;
  const sessionOptions = { ...place, ...complete(options) };
  checkPort(place.port);
  checkProtocol(protocol);
  if (signal?.aborted) throw toError(signal.reason);
  if (protocol !== 'stream') {
    const { LegacyClient } = await import('./legacy/legacy-client.js');
    const { timeoutMs: connectTimeoutMs } = sessionOptions;
    const timeoutMs = options.timeoutMs ?? DEFAULT_LEGACY_TIMEOUT;
    return new LegacyClient(protocol, { ...sessionOptions, timeoutMs, connectTimeoutMs });
  }
  const session = await greet(sessionOptions, signal);
  const { agent, streams, fragment } = session.hello;
  return new SessionClient(session, { ...place, agent, streams, fragment });
}

function greet(options: SessionOptions, signal: AbortSignal | undefined): Promise<Session> {
  return new Promise((resolve, reject) => {
    const session = new Session(options, (error) => {
      stopListening();
      if (error === undefined) resolve(session);
      else reject(error);
    });
    const stopListening = onAbort(signal, (reason) => session.end(reason));
  });
}

/** @throws {ArgumentError} `bad-argument` */
export function parseTarget(target: string): Target {
  const place = parseAddress(target.replace(/^sluice:\/\/([^/]*).*$/is, '$1'));
  if (typeof place === 'object') return place;
  throw new ArgumentError(
    'bad-argument',
    `'${target}' is not an address: ${place}; use host, host:port or sluice://host:port`,
  );
}

function complete({
  timeoutMs = DEFAULT_TIMEOUT,
  busyTimeoutMs = DEFAULT_BUSY_TIMEOUT,
  algorithms = availableAlgorithms(),
  socketPath = 'direct',
  fragmentSize = DEFAULT_FRAGMENT,
}: ConnectOptions): Omit<SessionOptions, 'host' | 'port'> {
  requireInteger('timeoutMs', timeoutMs, 1, MAX_TIMEOUT);
  requireInteger('busyTimeoutMs', busyTimeoutMs, 0, MAX_TIMEOUT);
  requireInteger('fragmentSize', fragmentSize, MIN_FRAGMENT, MAX_FRAGMENT);
  checkAlgorithms(algorithms);
  return { timeoutMs, busyTimeoutMs, algorithms, socketPath, fragmentSize };
}

function checkAlgorithms(algorithms: readonly Algorithm[]): void {
  const available = availableAlgorithms();
  if (algorithms.includes('sha256') && algorithms.every((name) => available.includes(name))) return;
  throw new ArgumentError('bad-argument', `algorithms must be among ${available.join(', ')}, and have sha256`);
}

function checkProtocol(protocol: Dialect): void {
  if (DIALECTS.includes(protocol)) return;
  throw new ArgumentError('bad-argument', `the protocol '${protocol}' is not known; use one of ${DIALECTS.join(', ')}`);
}

function checkPort(port: number): void {
  requireInteger('port', port, 1, 65_535);
}

function requireInteger(name: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new ArgumentError('bad-argument', `${name} must be a whole number from ${min} to ${max}, not ${value}`);
}
