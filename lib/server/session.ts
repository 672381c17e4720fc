import type { Frame } from '../../protocol/decoder.js';
import { ERRORS, ProtocolError } from '../../protocol/errors.js';
import { type FrameTypeName, isRequest } from '../../protocol/frame.js';
import { errorReply } from '../../protocol/legacy/reply.js';
import { HANDSHAKE_TIMEOUT, PROGRESS_INTERVAL } from '../../protocol/limits.js';
import type { Algorithm } from '../../protocol/algorithms.js';
import { decodeMessage, encodeFrame } from '../../protocol/messages.js';
import type { Store } from '../storage/store.js';
import {
  Connection,
  type ConnectionHandler,
  type ConnectionTimeouts,
  DEFAULT_TIMEOUTS,
} from '../transport/connection.js';
import type { ByteSink, SocketReader } from '../transport/socket-reader.js';
import type { DownloadsHost } from './downloads.js';
import { EagerAllowance } from './eager-allowance.js';
import { negotiate, type Offer } from './handshake.js';
import { LegacySession, type LegacyShared } from './legacy/legacy-session.js';
import type { Logger } from './logger.js';
import { receives, type ReceivingStream, type ServerStream } from './stream.js';
import { type Slots, Streams } from './streams.js';

/** Milliseconds; tests shorten them. */
export interface SessionTimeouts extends ConnectionTimeouts {
  /** P-1.5. */
  readonly handshake: number;
  /** How long a connection that is refused may take to tell its protocol (P-1.6). */
  readonly refusal: number;
  /** P-9.2. */
  readonly progress: number;
}

export const DEFAULT_SESSION_TIMEOUTS: SessionTimeouts = {
  ...DEFAULT_TIMEOUTS,
  handshake: HANDSHAKE_TIMEOUT,
  refusal: 1_000,
  progress: PROGRESS_INTERVAL,
};

/** What all sessions of a server share. */
export interface SessionShared extends Slots {
  readonly store: Store;
  readonly logger: Logger;
  readonly offer: Offer;
  readonly timeouts: SessionTimeouts;
  /** Null: the base64 protocol is turned off. */
  readonly legacy: LegacyShared | null;
}

/** One connection's state machine: handshake, then streams, then the end (docs/protocol.md, sections 3, 4 and 9). */
export class Session implements ConnectionHandler, DownloadsHost {
  readonly store: Store;
  algorithm: Algorithm = 'sha256';

  readonly #shared: SessionShared;
  readonly #connection: Connection;
  readonly #onOver: (session: Session) => void;
  readonly #streams: Streams;
  #handshake: NodeJS.Timeout;
  readonly #progress: NodeJS.Timeout;
  #state: 'hello' | 'open' | 'draining' = 'hello';
  /** Why the connection was refused when it began; it is told in the protocol of its first byte. */
  #refusal: ProtocolError | undefined;
  /** The connection speaks the base64 protocol. */
  #legacy: LegacySession | null = null;
  /** The stream whose payload is arriving. */
  #incoming: ReceivingStream | null = null;

  constructor(read: (sink: ByteSink) => SocketReader, shared: SessionShared, onOver: (session: Session) => void) {
    this.#shared = shared;
    this.store = shared.store;
    this.#onOver = onOver;
    const { handshake } = shared.timeouts;
    this.#connection = new Connection(read, this, shared.timeouts);
    this.#streams = new Streams(this, shared, this.#connection.writer);
    this.#handshake = setTimeout(() => {
      this.#connection.fail(
        new ProtocolError('handshake-timeout', `preface and HELLO did not arrive within ${handshake / 1000} s`),
      );
    }, handshake);
    this.#progress = setInterval(() => this.#streams.tellProgress(), shared.timeouts.progress).unref();
  }

  // What the listener does.

  /** Refuses the connection (P-1.6), once its first bytes tell the protocol in which it is to be told, or after a while. */
  refuse(error: ProtocolError): void {
    this.#refusal = error;
    clearTimeout(this.#handshake);
    this.#handshake = setTimeout(() => this.#connection.fail(error), this.#shared.timeouts.refusal);
  }

  /** GOAWAY: finishes what is open, refuses what is new (P-9.4). */
  drain(reason: string): void {
    if (this.#legacy !== null) return this.#legacy.drain();
    if (this.#state === 'hello') return this.#connection.fail(new ProtocolError('shutting-down', reason));
    if (this.#state === 'draining') return;
    this.#state = 'draining';
    this.#connection.send(encodeFrame('goaway', { reason }));
    this.#endIfDrained();
  }

  destroy(): void {
    this.#connection.destroy();
  }

  // What the connection tells.

  onFrame(frame: Frame): void {
    if (this.#refusal !== undefined) throw this.#refusal;
    if (this.#state === 'hello') return this.#onHello(frame);
    if (frame.name === 'hello') throw new ProtocolError('wrong-state', 'HELLO for a second time');
    if (isRequest(frame.header.type)) return this.#onRequest(frame);
    if (frame.name === 'error' && frame.header.stream === 0) return this.#onPeerError(frame);
    if (!CLIENT_FRAMES.has(frame.name)) throw wrongSide(frame.name);
    const stream = this.#streams.of(frame);
    if (stream === undefined) return;
    if (frame.name === 'cancel') {
      decodeMessage('cancel', frame.meta);
      stream.cancel(new ProtocolError('cancelled', 'the client cancelled'));
    } else {
      stream.onFrame(frame);
    }
  }

  onData(frame: Frame): Uint8Array | null {
    if (this.#state === 'hello') throw new ProtocolError('wrong-state', 'DATA before HELLO');
    const stream = this.#streams.of(frame);
    if (stream === undefined) return null;
    if (!receives(stream)) throw new ProtocolError('wrong-state', 'DATA on a stream that takes none');
    const target = stream.onData(frame);
    // An eager file without room goes on as an ordinary upload: see #refuseEager.
    this.#incoming = target === null ? null : stream;
    return target;
  }

  onPayload(): void {
    const stream = this.#incoming;
    this.#incoming = null;
    stream?.onPayload();
  }

  onForeign(bytes: Uint8Array): void {
    if (bytes[0]! >= 0x80)
      return this.#connection.fail(new ProtocolError('bad-preface', 'the first bytes are not the preface'));
    clearTimeout(this.#handshake);
    if (this.#shared.legacy === null) return this.#connection.endForeign(NOT_SPOKEN_HERE);
    if (this.#refusal !== undefined)
      return this.#connection.endForeign(Buffer.from(errorReply(`${this.#refusal.message}; try again later`)));
    this.#legacy = new LegacySession(this.#connection, this.#shared.legacy);
    this.#connection.handOver(this.#legacy);
    this.#legacy.begin(bytes);
  }

  /** Last words can take seconds: what the streams hold is given back at once. */
  onFailing(): void {
    this.#giveUp('the connection failed');
  }

  onEnd(): void {
    // A peer that sends no more can neither grant nor cancel: its streams are given up (P-9.7).
    this.#giveUp('the client closed the connection');
    this.#connection.end();
  }

  onClose(error: Error | undefined): void {
    clearTimeout(this.#handshake);
    clearInterval(this.#progress);
    if (error !== undefined) this.#shared.logger.info({ err: error }, 'connection failed');
    this.#incoming = null;
    this.#giveUp('the connection is gone');
    this.#onOver(this);
  }

  // What streams ask for.

  readonly send = (frame: Buffer): void => this.#connection.send(frame);

  finish(stream: ServerStream, final: Buffer | Error | null): void {
    this.#streams.close(stream);
    if (final instanceof Error) this.#sendError(stream.id, final);
    else if (final !== null) this.send(final);
    this.#endIfDrained();
  }

  payloadLeft(stream: ServerStream): number {
    return this.#incoming === stream ? this.#connection.payloadLeft : 0;
  }

  dropPayload(stream: ServerStream): void {
    if (this.#incoming !== stream) return;
    this.#incoming = null;
    this.#connection.skipPayload();
    this.#connection.refreshView();
  }

  get taken(): number {
    return this.#connection.taken;
  }

  onTooSlow(): void {
    this.#connection.fail(new ProtocolError('timeout', 'the peer reads too slowly while others wait for memory'));
  }

  #onHello(frame: Frame): void {
    const hello = negotiate(frame, this.#shared.offer);
    this.algorithm = hello.algorithm;
    this.#streams.allowance = new EagerAllowance(hello.allowance, hello.eager);
    this.#state = 'open';
    clearTimeout(this.#handshake);
    this.#connection.sendPreface();
    this.send(encodeFrame('serverHello', hello));
    this.#connection.fragment = hello.fragment;
  }

  #onRequest(frame: Frame): void {
    const id = frame.header.stream;
    this.#streams.use(id);
    if (this.#state === 'draining') {
      return this.#sendError(
        id,
        new ProtocolError('shutting-down', 'the server is stopping; connect to it again later'),
      );
    }
    if (this.#streams.size >= this.#shared.offer.streams) {
      return this.#sendError(
        id,
        new ProtocolError('too-many-streams', `at most ${this.#shared.offer.streams} streams may be open at once`),
      );
    }
    this.#streams.open(frame);
  }

  #onPeerError(frame: Frame): void {
    const { name, message } = decodeMessage('error', frame.meta);
    this.#shared.logger.warn({ name, message }, 'the client reports an error');
    this.#connection.destroy();
  }

  #sendError(stream: number, error: Error): void {
    if (error instanceof ProtocolError && error.endsConnection) return this.#connection.fail(error);
    if (!(error instanceof ProtocolError)) this.#shared.logger.error({ err: error, stream }, 'unexpected fault');
    const told =
      error instanceof ProtocolError ? error : new ProtocolError('internal', 'a fault of the server; see its log');
    const { code, message, retryAfterMs } = told;
    this.send(
      encodeFrame(
        'error',
        { code: ERRORS[code].number, name: code, message: message.slice(0, 340), retryAfterMs },
        { stream },
      ),
    );
  }

  #giveUp(why: string): void {
    this.#legacy?.close();
    this.#streams.cancelAll(new ProtocolError('cancelled', why));
  }

  #endIfDrained(): void {
    if (this.#state === 'draining' && this.#streams.size === 0) this.#connection.end();
  }
}

/** P-2.6: what a client may send on a stream that is open, besides DATA. */
const CLIENT_FRAMES: ReadonlySet<FrameTypeName> = new Set(['credit', 'want', 'commit', 'cancel']);

const wrongSide = (name: FrameTypeName): ProtocolError =>
  new ProtocolError('wrong-state', `${name.toUpperCase()} is not for a client to send`);

/** P-1.4: what a client of the base64 protocol is told where that is turned off, in its own form. */
const NOT_SPOKEN_HERE = Buffer.from(
  errorReply('this server speaks the Sluice protocol only, not the base64 protocol: use a Sluice client'),
);
