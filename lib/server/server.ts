import * as net from 'node:net';
import { ProtocolError, SluiceError } from '../../protocol/errors.js';
import { CHUNK_SIZE } from '../../protocol/limits.js';
import { openDiskStore } from '../storage/disk/disk-store.js';
import type { Store } from '../storage/store.js';
import { adoptSocket } from '../transport/socket-reader.js';
import { availableAlgorithms } from '../workers/digests.js';
import { Slab } from '../workers/slab.js';
import { DownloadSlots } from './download-slots.js';
import { ALLOWANCE, completeOptions, EAGER, type ServerOptions } from './options.js';
import { Session, type SessionShared } from './session.js';
import { UploadSlots } from './upload-slots.js';

/** Connections over the limit that are still being told so; beyond, they are closed without a word. */
const MAX_REFUSED = 64;

const AGENT = 'sluice/0.1.0';

/** A server that listens. Made by `serve`. */
export class Server {
  readonly #listener: net.Server;
  readonly #store: Store;
  readonly #sessions = new Set<Session>();
  readonly #refused = new Set<Session>();
  #closing: Promise<void> | null = null;
  /** Resolves the wait for the last session. */
  #onEmpty: (() => void) | null = null;

  /** Use `serve`. */
  constructor(
    listener: net.Server,
    store: Store,
    accept: (socket: net.Socket, onOver: (session: Session) => void) => Session,
    maxConnections: number,
  ) {
    this.#listener = listener;
    this.#store = store;
    listener.on('connection', (socket) => {
      const session = accept(socket, (over) => this.#forget(over));
      if (this.#closing !== null || this.#sessions.size >= maxConnections) this.#refuse(session);
      else this.#sessions.add(session);
    });
  }

  /** Where it listens: with port 0 the port that it was given. */
  get address(): { host: string; port: number } {
    const address = this.#listener.address() as net.AddressInfo;
    return { host: address.address, port: address.port };
  }

  /** Connections that are open. */
  get connections(): number {
    return this.#sessions.size;
  }

  /**
   * Stops listening, finishes what is open for up to `drainMs` milliseconds (P-9.4), cuts what is left, and gives back
   * every file, worker and lock. Another call with a shorter time cuts sooner.
   */
  close({ drainMs = 0 }: { drainMs?: number } = {}): Promise<void> {
    const timer = setTimeout(() => {
      for (const session of [...this.#sessions, ...this.#refused]) session.destroy();
    }, drainMs);
    this.#closing ??= this.#close();
    return this.#closing.finally(() => clearTimeout(timer));
  }

  async #close(): Promise<void> {
    const listenerClosed = new Promise((resolve) => this.#listener.close(resolve));
    for (const session of this.#sessions) session.drain('the server is stopping');
    if (this.#sessions.size + this.#refused.size > 0) await new Promise<void>((resolve) => (this.#onEmpty = resolve));
    await listenerClosed;
    await this.#store.close();
  }

  #refuse(session: Session): void {
    this.#refused.add(session);
    if (this.#refused.size > MAX_REFUSED) return session.destroy();
    const why = this.#closing === null ? 'the server has its greatest number of connections' : 'the server is stopping';
    session.refuse(new ProtocolError(this.#closing === null ? 'too-many-connections' : 'shutting-down', why));
  }

  #forget(session: Session): void {
    this.#sessions.delete(session);
    this.#refused.delete(session);
    if (this.#sessions.size + this.#refused.size === 0) this.#onEmpty?.();
  }
}

/**
 * Serves a folder.
 * @throws {SluiceError} `bad-option`, `insecure-listen`, `not-a-folder`, `folder-in-use`, `port-in-use`, `cannot-listen`
 */
export async function serve(options: ServerOptions): Promise<Server> {
  const { dir, host, port, memory, runtime, workers, durability, socketPath, maxConnections, ...rest } =
    completeOptions(options);
  const slab = new Slab(Math.floor(memory / CHUNK_SIZE));
  const disk = await openDiskStore({ root: dir, slab, runtime, workers, durability });
  const store = options.wrapStore?.(disk, slab) ?? disk;
  // Uploads fill memory at the sender's pace, downloads only as fast as they are read: they get the smaller part.
  const downloadSlots = Math.max(2, slab.slots.length >> 2);
  const algorithms = availableAlgorithms();
  const common = {
    store,
    uploadSlots: new UploadSlots(slab.share(slab.slots.length - downloadSlots), rest.slotTiming),
    downloadSlots: new DownloadSlots(slab.share(downloadSlots), rest.readTiming),
    logger: rest.logger,
  };
  const { legacyUnterminated: unterminated, legacyTimeouts } = rest;
  const shared: SessionShared = {
    ...common,
    legacy: rest.legacy ? { ...common, algorithm: algorithms[0]!, unterminated, timeouts: legacyTimeouts } : null,
    offer: {
      algorithms,
      fragment: rest.fragment,
      streams: rest.streams,
      allowance: ALLOWANCE,
      eager: EAGER,
      agent: AGENT,
    },
    timeouts: rest.timeouts,
  };
  // Paused, so that no byte is read before the session's own reader is in place.
  const listener = net.createServer({ pauseOnConnect: true, allowHalfOpen: true });
  const accept = (socket: net.Socket, onOver: (session: Session) => void): Session =>
    new Session((sink) => adoptSocket(socket, sink, socketPath), shared, onOver);
  const server = new Server(listener, store, accept, maxConnections);
  try {
    await listen(listener, host, port);
  } catch (error) {
    await store.close();
    throw error;
  }
  // Without a listener a failed accept (no descriptors left, say) would be an uncaught exception.
  listener.on('error', (error) => rest.logger.error({ err: error }, 'the listener failed'));
  return server;
}

function listen(listener: net.Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    listener.once('error', (error: NodeJS.ErrnoException) => {
      const inUse = error.code === 'EADDRINUSE';
      const advice = inUse
        ? 'port is in use; stop the program that has it or choose another with --port'
        : error.message;
      reject(
        new SluiceError(inUse ? 'port-in-use' : 'cannot-listen', `cannot listen on ${host}:${port}: ${advice}`, {
          cause: error,
        }),
      );
    });
    listener.listen({ host, port, backlog: 511 }, resolve);
  });
}
