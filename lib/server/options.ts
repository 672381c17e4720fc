import { availableParallelism } from 'node:os';
import { SluiceError } from '../../protocol/errors.js';
import {
  CHUNK_SIZE,
  DEFAULT_FRAGMENT,
  DEFAULT_PORT,
  DEFAULT_STREAMS,
  MAX_FRAGMENT,
  MIN_FRAGMENT,
} from '../../protocol/limits.js';
import type { Store } from '../storage/store.js';
import type { SocketPath } from '../transport/socket-reader.js';
import type { Slab } from '../workers/slab.js';
import { DEFAULT_READ_TIMING, type ReadTiming } from './download-slots.js';
import { DEFAULT_LEGACY_TIMEOUTS, type LegacyTimeouts } from './legacy/timeouts.js';
import { type Logger, silentLogger } from './logger.js';
import { DEFAULT_SESSION_TIMEOUTS, type SessionTimeouts } from './session.js';
import { DEFAULT_SLOT_TIMING, type SlotTiming } from './upload-slots.js';

export interface ServerOptions {
  /** The folder to serve; it must exist. */
  readonly dir: string;
  /** Name or address to listen on. Default 127.0.0.1. */
  readonly host?: string;
  /** 0–65,535; 0 takes a free one. Default 45,000. */
  readonly port?: number;
  /** Worker threads or processes, at least 1. Default: one for each core. */
  readonly workers?: number;
  /** Default threads. `processes` exists for comparison and is slower. */
  readonly runtime?: 'threads' | 'processes';
  /** Bytes of memory for file content, uploads and downloads together; at least 4 MiB. Default 256 MiB. */
  readonly memory?: number;
  /** Connections at once. Default 1,024. */
  readonly maxConnections?: number;
  /** What is promised before a file is published. Default `written`. */
  readonly durability?: 'written' | 'durable';
  /** Listen beyond loopback although there is no authentication. */
  readonly insecure?: boolean;
  readonly logger?: Logger;
  /** How sockets are read. Default `direct`; where the platform can't, `plain` is used. */
  readonly socketPath?: SocketPath;
  /** Serve the base64 protocol as well. Default true. */
  readonly legacy?: boolean;
  /** Take uploads of the base64 protocol without terminator: one that was cut short can look whole, and is published then. */
  readonly legacyUnterminated?: boolean;
  /** Milliseconds, for tests. */
  readonly timeouts?: Partial<SessionTimeouts>;
  readonly legacyTimeouts?: Partial<LegacyTimeouts>;
  readonly slotTiming?: Partial<SlotTiming>;
  readonly readTiming?: Partial<ReadTiming>;
  /** Streams that one connection may have open (P-4.4). Default 128. */
  readonly streams?: number;
  /**
   * Greatest payload of one DATA frame to agree to, 4,096 to 1,048,576 bytes (P-3.5): what a control frame may have to wait
   * behind. Clients may offer less. Default 262,144.
   */
  readonly fragment?: number;
  /** Puts something between the server and its disk store, for tests. */
  readonly wrapStore?: (store: Store, slab: Slab) => Store;
}

export const MIN_MEMORY = 4 * CHUNK_SIZE;

/** P-3.2: bytes of eager files that one connection may have under way, and the greatest of them. */
export const ALLOWANCE = CHUNK_SIZE;
export const EAGER = 65_536;

/** Fills in the defaults. @throws {SluiceError} `bad-option`, `insecure-listen` */
export function completeOptions(options: ServerOptions) {
  const complete = {
    ...options,
    host: options.host ?? '127.0.0.1',
    port: options.port ?? DEFAULT_PORT,
    workers: options.workers ?? availableParallelism(),
    runtime: options.runtime ?? 'threads',
    memory: options.memory ?? 256 * CHUNK_SIZE,
    maxConnections: options.maxConnections ?? 1_024,
    durability: options.durability ?? 'written',
    logger: options.logger ?? silentLogger,
    socketPath: options.socketPath ?? 'direct',
    timeouts: { ...DEFAULT_SESSION_TIMEOUTS, ...options.timeouts },
    legacy: options.legacy ?? true,
    legacyUnterminated: options.legacyUnterminated ?? false,
    legacyTimeouts: { ...DEFAULT_LEGACY_TIMEOUTS, ...options.legacyTimeouts },
    slotTiming: { ...DEFAULT_SLOT_TIMING, ...options.slotTiming },
    readTiming: { ...DEFAULT_READ_TIMING, ...options.readTiming },
    streams: options.streams ?? DEFAULT_STREAMS,
    fragment: options.fragment ?? DEFAULT_FRAGMENT,
  };
  requireInteger('port', complete.port, 0, 65_535);
  requireInteger('workers', complete.workers, 1, 256);
  requireInteger('memory', complete.memory, MIN_MEMORY, Number.MAX_SAFE_INTEGER);
  requireInteger('maxConnections', complete.maxConnections, 1, 1_000_000);
  requireInteger('streams', complete.streams, 1, 65_535);
  requireInteger('fragment', complete.fragment, MIN_FRAGMENT, MAX_FRAGMENT);
  if (!options.insecure && !isLoopback(complete.host)) {
    throw new SluiceError(
      'insecure-listen',
      `refusing to listen on ${complete.host}: there is no authentication yet, so anybody who reaches that address could read and ` +
        'replace the files; listen on 127.0.0.1, or pass --insecure if that is what you want',
    );
  }
  return complete;
}

function requireInteger(name: string, value: number, min: number, max: number): void {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return;
  throw new SluiceError('bad-option', `${name} must be a whole number from ${min} to ${max}, not ${value}`);
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
