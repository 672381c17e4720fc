import type { Frame } from '../../protocol/decoder.js';
import type { Hash } from '../../protocol/digest-tree.js';
import { errorName, ProtocolError } from '../../protocol/errors.js';
import { DEFAULT_STREAMS, PONG_TIMEOUT, SILENCE_BEFORE_PING } from '../../protocol/limits.js';
import type { Algorithm } from '../../protocol/algorithms.js';
import { decodeMessage, encodeFrame, type Message, type MessageName } from '../../protocol/messages.js';
import { Connection, type ConnectionHandler } from '../transport/connection.js';
import { connectSocket, type SocketPath } from '../transport/socket-reader.js';
import { hashOf } from '../workers/digests.js';
import { ChunkPool } from './chunk-pool.js';
import { SMALL } from './small.js';
import { EndReasons } from './end-reasons.js';
import { ConnectionError, RemoteError, toError } from './errors.js';
import { checkServerHello, clientHello } from './handshake.js';
import type { AnyOperation } from './operation.js';
import { checkStreams, checkTurns } from './progress-watch.js';
import type { Stream } from './stream.js';
import { Streams } from './streams.js';
import { Turns } from './turns.js';

/** Chunks of memory for bulk transfers, shared by all operations of a client; twice what one of them may have under way. */
const POOL_CHUNKS = 64;
/** A goodbye is an empty half-close; a server that does not answer it in this time is left. Milliseconds. */
const GOODBYE_TIMEOUT = 1_000;

export interface SessionOptions {
  readonly host: string;
  readonly port: number;
  readonly algorithms: readonly Algorithm[];
  readonly fragmentSize: number;
  readonly socketPath: SocketPath;
  readonly timeoutMs: number;
  readonly busyTimeoutMs: number;
}

/** The client's side of one connection: hello, streams, turns, and the one watch over all that wait (section 4). */
export class Session implements ConnectionHandler {
  readonly connection: Connection;
  readonly pool = new ChunkPool(POOL_CHUNKS);
  /** The server's HELLO; there from `onReady` on. */
  hello!: Message<'serverHello'>;
  hash!: Hash;
  /** The way to turns and the allowance; nobody has one before HELLO. */
  turns = new Turns(0, 0);
  readonly closed: Promise<void>;

  readonly #scratch = Buffer.allocUnsafeSlow(SMALL);
  readonly #options: SessionOptions;
  readonly #reasons: EndReasons;
  readonly #onReady: (error: Error | undefined) => void;
  readonly #streams = new Streams();
  #ready = false;
  /** Why nothing can be begun any more. */
  #goingAway: Error | undefined;
  /** Why everything ended. */
  #ended: Error | undefined;
  #lastActivity = performance.now();
  #watch: NodeJS.Timeout;
  /** The stream whose payload is arriving. */
  #receiving: Stream | null = null;
  readonly #onEnded = new Set<(error: Error) => void>();
  #resolveClosed!: () => void;

  /** @param onReady called once: connected and greeted, or why not */
  constructor(options: SessionOptions, onReady: (error: Error | undefined) => void) {
    this.#options = options;
    this.#onReady = onReady;
    this.#reasons = new EndReasons(options);
    this.closed = new Promise((resolve) => (this.#resolveClosed = resolve));
    const { host, port, socketPath, timeoutMs } = options;
    this.connection = new Connection((sink) => connectSocket(host, port, sink, socketPath), this, {
      stalled: timeoutMs,
      silence: SILENCE_BEFORE_PING,
      pong: PONG_TIMEOUT,
      lastWords: GOODBYE_TIMEOUT,
    });
    this.connection.sendPreface();
    this.connection.send(encodeFrame('clientHello', clientHello(options)));
    this.#watch = setTimeout(() => this.end(this.#reasons.noAnswer()), timeoutMs);
    this.connection.socket.once('connect', () => this.#watch.refresh());
  }

  get busyTimeoutMs(): number {
    return this.#options.busyTimeoutMs;
  }

  get algorithm(): Algorithm {
    return this.hello.algorithm;
  }

  /** Streams that the server lets be open at once. */
  get streams(): number {
    return this.hello.streams;
  }

  /** Lets an operation wait for its turn, or fails it at once when there will be none. */
  enqueue(operation: AnyOperation, first: boolean): void {
    operation.queuedAt = performance.now();
    if (this.refusal !== undefined) operation.fail(this.refusal);
    else this.turns.add(operation, first);
  }

  /**
   * Opens the stream of an operation that has its turn, and sends its request.
   * @param eagerBytes what its operation took of the allowance
   */
  open<N extends MessageName>(operation: AnyOperation, name: N, message: Message<N>, eagerBytes = 0): Stream {
    const stream = this.#streams.next(operation, this.connection, eagerBytes);
    stream.send(name, message);
    this.#streams.add(stream);
    operation.hasTurn = false;
    return stream;
  }

  /** An operation has failed: gives back its turn, or cancels its stream (P-9.3). */
  leave(operation: AnyOperation, stream: Stream | undefined): void {
    if (this.#ended !== undefined) return;
    if (stream?.open) {
      stream.cancelled = true;
      if (this.#receiving === stream) {
        this.connection.skipPayload();
        this.#receiving = null;
      }
      stream.withdraw();
      stream.send('cancel', {});
    } else if (operation.hasTurn) {
      operation.hasTurn = false;
      this.turns.giveBack();
    }
  }

  /** One place for whoever is done with a payload before the next frame is read. At most SMALL bytes. */
  scratch(length: number): Uint8Array {
    return this.#scratch.subarray(0, length);
  }

  /** An eager chunk was refused: it does not count any more (P-5.9). */
  returnAllowance(stream: Stream): void {
    const bytes = stream.eagerBytes;
    stream.eagerBytes = 0;
    this.turns.giveBackAllowance(bytes);
  }

  /** Why nothing more can be asked of this connection; undefined while it is in order. */
  get refusal(): Error | undefined {
    return this.#ended ?? this.#goingAway;
  }

  /** Calls back when everything has ended. @returns takes that back */
  onceEnded(callback: (error: Error) => void): () => void {
    this.#onEnded.add(callback);
    return () => this.#onEnded.delete(callback);
  }

  /** Closes. What is open fails with `closed`, and its server hears of it by the close itself (P-9.7). */
  close(): Promise<void> {
    const idle = this.#ready && this.#streams.size === 0;
    if (this.#ended === undefined) {
      this.#end(new ConnectionError('closed', 'the client was closed'));
      if (idle) this.connection.end();
      else this.connection.destroy();
    }
    return this.closed;
  }

  /** Ends everything for a reason found here, without words to the server. */
  end(error: Error): void {
    this.#end(error);
    this.connection.destroy();
  }

  onFrame(frame: Frame): void {
    this.#guard(() => this.#onFrame(frame));
  }

  onData(frame: Frame): Uint8Array | null {
    const stream = this.#heard(frame);
    if (stream === undefined) return null;
    const target = this.#guard(() => stream.operation.onData(frame));
    this.#receiving = target === null ? null : stream;
    return target;
  }

  onPayload(): void {
    const stream = this.#receiving;
    this.#receiving = null;
    if (stream !== null) this.#guard(() => stream.operation.onPayload());
  }

  onForeign(bytes: Uint8Array): void {
    this.end(this.#reasons.foreign(bytes));
  }

  onFailing(error: Error): void {
    this.#end(error);
  }

  onEnd(): void {
    this.#end(this.#lost());
    this.connection.end();
  }

  onClose(error: Error | undefined): void {
    this.#end(this.#lost(error));
    this.#resolveClosed();
  }

  #onFrame(frame: Frame): void {
    const { stream: id } = frame.header;
    if (id === 0) return this.#onConnectionFrame(frame);
    const stream = this.#heard(frame);
    if (frame.name === 'result' || frame.name === 'error') this.#close(id);
    if (stream === undefined) return;
    try {
      this.#deliver(frame, stream.operation);
    } catch (error) {
      // Its stream may be closed already, so that the end of all others would pass it by.
      stream.operation.fail(toError(error));
      throw error;
    }
  }

  #deliver(frame: Frame, operation: AnyOperation): void {
    if (frame.name === 'error') operation.fail(remoteError(decodeMessage('error', frame.meta)));
    else if (frame.name === 'progress') operation.onProgressFrame(frame);
    else operation.onFrame(frame);
  }

  /** @returns the stream of a frame if it is open and was not cancelled */
  #heard(frame: Frame): Stream | undefined {
    if (!this.#ready) throw new ProtocolError('wrong-state', `${frame.name.toUpperCase()} before HELLO`);
    const stream = this.#streams.of(frame);
    if (stream === undefined) return undefined;
    this.#lastActivity = stream.lastSign = this.connection.lastHeard;
    return stream.cancelled ? undefined : stream;
  }

  /** The final frame came. */
  #close(id: number): void {
    const stream = this.#streams.close(id);
    if (stream === undefined) return;
    stream.withdraw();
    this.turns.giveBack(stream.eagerBytes);
  }

  #onConnectionFrame({ name, meta }: Frame): void {
    if (name === 'error') {
      const error = remoteError(decodeMessage('error', meta));
      this.#end(error);
      this.connection.end();
    } else if (name === 'hello') {
      this.#onHello(decodeMessage('serverHello', meta));
    } else if (name === 'goaway' && this.#ready) {
      const { reason } = decodeMessage('goaway', meta);
      this.#goingAway = new RemoteError('shutting-down', `the server is shutting down (${reason}); try again later`);
      for (const operation of this.turns.clear()) operation.fail(this.#goingAway);
    } else {
      throw new ProtocolError('wrong-state', `${name.toUpperCase()} is not allowed now`);
    }
  }

  #onHello(hello: Message<'serverHello'>): void {
    if (this.#ready) throw new ProtocolError('wrong-state', 'a second HELLO');
    checkServerHello(hello, this.#options);
    this.hello = hello;
    this.hash = hashOf(hello.algorithm);
    this.connection.fragment = hello.fragment;
    this.turns = new Turns(Math.min(hello.streams, DEFAULT_STREAMS), hello.allowance);
    this.#ready = true;
    clearTimeout(this.#watch);
    const { timeoutMs } = this.#options;
    const period = Math.min(1_000, Math.max(5, timeoutMs / 4));
    this.#watch = setInterval(() => {
      checkStreams(this.#streams.values(), this.connection.writer, timeoutMs);
      checkTurns(this.turns, this.#lastActivity, timeoutMs);
    }, period).unref();
    this.#onReady(undefined);
  }

  /** A breach by the server ends the connection with words (P-8.2), and every operation at once. */
  #guard<T>(handle: () => T): T {
    try {
      return handle();
    } catch (error) {
      this.#end(toError(error));
      throw error;
    }
  }

  #end(error: Error): void {
    if (this.#ended !== undefined) return;
    this.#ended = error;
    clearTimeout(this.#watch);
    const streams = this.#streams.clear();
    const waiting = this.turns.clear();
    for (const stream of streams) {
      stream.open = false;
      stream.operation.fail(error);
    }
    for (const operation of waiting) operation.fail(error);
    for (const callback of this.#onEnded) callback(error);
    if (!this.#ready) this.#onReady(error);
  }

  #lost(cause?: Error): Error {
    if (!this.#ready) return this.#reasons.notConnected(cause);
    if (this.#goingAway !== undefined && cause === undefined) return this.#goingAway;
    return this.#reasons.lost(cause);
  }
}

function remoteError({ code, message, retryAfterMs }: Message<'error'>): RemoteError {
  const name = errorName(code);
  return new RemoteError(name, message === '' ? name : message, retryAfterMs);
}
