import type * as net from 'node:net';
import { type Frame, FrameDecoder } from '../../protocol/decoder.js';
import { ERRORS, ProtocolError } from '../../protocol/errors.js';
import {
  LAST_WORDS_BYTES,
  LAST_WORDS_TIMEOUT,
  PONG_TIMEOUT,
  SILENCE_BEFORE_PING,
  STALLED_READER_TIMEOUT,
} from '../../protocol/limits.js';
import { encodeFrame } from '../../protocol/messages.js';
import { fitsPreface, PREFACE } from '../../protocol/preface.js';
import { FrameWriter } from './frame-writer.js';
import { Pings } from './pings.js';
import { kernelBacklog, type ByteSink, type SocketReader } from './socket-reader.js';

/** What a session hears from its connection. PING, PONG and the preface never reach it. */
export interface ConnectionHandler {
  onFrame(frame: Frame): void;
  /** See FrameHandler.onData. */
  onData(frame: Frame): Uint8Array | null;
  onPayload(): void;
  /** The first bytes are not the preface (at most 8). The connection is left to the handler, who must end it. */
  onForeign(bytes: Uint8Array): void;
  /** The connection has begun to fail: nothing arrives or leaves any more. Its close can take as long as its last words. */
  onFailing?(error: Error): void;
  /** The peer sends no more. */
  onEnd(): void;
  /** Called exactly once, as the last thing. The error says why, when it was not an orderly end. */
  onClose(error: Error | undefined): void;
}

/** Another protocol on a connection's socket. The connection goes on to own the socket's end. */
export interface ForeignSession extends ByteSink {
  /** The peer sends no more. */
  onEnd(): void;
}

/** Milliseconds; tests shorten them. */
export interface ConnectionTimeouts {
  /** A peer that takes no byte of what is sent (P-9.6). */
  readonly stalled: number;
  /** Silence before a PING, and the wait for its answer. */
  readonly silence: number;
  readonly pong: number;
  /** How long last words may take (P-8.2). */
  readonly lastWords: number;
}

export const DEFAULT_TIMEOUTS: ConnectionTimeouts = {
  stalled: STALLED_READER_TIMEOUT,
  silence: SILENCE_BEFORE_PING,
  pong: PONG_TIMEOUT,
  lastWords: LAST_WORDS_TIMEOUT,
};

/**
 * One connection of either side: preface, frames in, frames out, liveness, last words. It knows nothing of streams.
 */
export class Connection implements ByteSink {
  readonly writer: FrameWriter;
  readonly socket: net.Socket;

  readonly #reader: SocketReader;
  readonly #handler: ConnectionHandler;
  readonly #timeouts: ConnectionTimeouts;
  readonly #decoder: FrameDecoder;
  readonly #pings: Pings;
  readonly #liveness: NodeJS.Timeout;
  #preface: { bytes: Uint8Array; length: number } | null = { bytes: new Uint8Array(PREFACE.length), length: 0 };
  #prefaceSent = false;
  #foreign: ForeignSession | null = null;
  #failure: Error | undefined;
  #failing = false;
  #discarded = 0;
  #lastHeard = performance.now();
  #backlog = 0;

  /** @param read makes the reader; it gets this connection as its sink */
  constructor(
    read: (sink: ByteSink) => SocketReader,
    handler: ConnectionHandler,
    timeouts: ConnectionTimeouts = DEFAULT_TIMEOUTS,
  ) {
    this.#handler = handler;
    this.#timeouts = timeouts;
    this.#decoder = new FrameDecoder({
      onFrame: (frame) => this.#onFrame(frame),
      onData: (frame) => handler.onData(frame),
      onPayload: () => handler.onPayload(),
    });
    this.#reader = read(this);
    this.socket = this.#reader.socket;
    this.socket.setNoDelay(true);
    this.writer = new FrameWriter(this.socket, () =>
      this.fail(new ProtocolError('flood', 'more than 1 MiB of control frames wait because the peer does not read')),
    );
    this.#pings = new Pings(this.writer);
    this.socket.on('error', (error) => (this.#failure ??= error));
    this.socket.on('end', () => this.#onEnd());
    this.socket.on('close', () => this.#onClose());
    const period = Math.min(timeouts.stalled, timeouts.silence, timeouts.pong) / 4;
    this.#liveness = setInterval(() => this.#checkLiveness(), period).unref();
  }

  /** Failed or failing: whatever is sent now goes nowhere. */
  get failed(): boolean {
    return this.#failing || this.socket.destroyed;
  }

  /** When anything last arrived; ms of performance.now(). */
  get lastHeard(): number {
    return this.#lastHeard;
  }

  /** Sets the negotiated fragment size (P-3.5): `takes` from now on, and for what is sent. */
  set fragment(size: number) {
    this.#decoder.maxPayload = size;
    this.writer.fragment = size;
  }

  sendPreface(): void {
    this.#prefaceSent = true;
    this.writer.control(Buffer.from(PREFACE));
  }

  /**
   * Gives the socket to another protocol: bytes go to `session`, which writes to the socket itself and may pause it, until `end`,
   * `endForeign` or `destroy`. Liveness is its own concern.
   */
  handOver(session: ForeignSession): void {
    this.#foreign = session;
    clearInterval(this.#liveness);
  }

  /** Tells a peer of another protocol something in its own form, then ends. */
  endForeign(text: Buffer): void {
    this.#lastWords(text);
  }

  send(frame: Buffer): void {
    if (!this.#failing) this.writer.control(frame);
  }

  /** Bytes that the kernel has taken for the peer so far. */
  get taken(): number {
    return this.socket.bytesWritten - (kernelBacklog(this.socket) ?? 0);
  }

  /** Bytes still to come of the payload in progress; 0 between payloads. */
  get payloadLeft(): number {
    return this.#decoder.payloadLeft;
  }

  /** The payload in progress is of no use any more: the rest of it is skipped. */
  skipPayload(): void {
    this.#decoder.skipPayload();
  }

  /** See SocketReader.refreshView. */
  refreshView(): void {
    if (!this.socket.destroyed) this.#reader.refreshView();
  }

  /**
   * Last words (P-8.2): tells the peer why, half-closes, discards what still arrives, closes. A close at once would reset
   * the connection and lose the error frame.
   */
  fail(error: Error): void {
    if (this.#failing || this.socket.destroyed) return;
    const told =
      error instanceof ProtocolError ? error : new ProtocolError('internal', 'an unexpected fault; see the log');
    this.#failure ??= error;
    // Answers that nobody reads: the error is what is left to say.
    if (told.code === 'flood') this.writer.dropControl();
    // It tells the peer that what follows is this protocol (P-1.4).
    if (!this.#prefaceSent) this.sendPreface();
    const { code, message, retryAfterMs } = told;
    this.#lastWords(
      encodeFrame('error', { code: ERRORS[code].number, name: code, message: message.slice(0, 256), retryAfterMs }),
    );
    this.#handler.onFailing?.(error);
  }

  /** Sends what is queued, half-closes, and waits for the peer to close. */
  end(): void {
    if (!this.#failing && !this.socket.destroyed) this.#lastWords();
  }

  /** Closes at once. What was not sent is lost. */
  destroy(error?: Error): void {
    this.#failure ??= error;
    this.socket.destroy();
  }

  view(): Uint8Array {
    if (this.#foreign !== null && !this.#failing) return this.#foreign.view();
    if (this.#preface !== null) return this.#preface.bytes.subarray(this.#preface.length);
    return this.#decoder.view();
  }

  advance(length: number): void {
    this.#lastHeard = performance.now();
    if (this.#failing) return this.#discard(length);
    try {
      if (this.#foreign !== null) this.#foreign.advance(length);
      else if (this.#preface !== null) this.#advancePreface(this.#preface, length);
      else this.#decoder.advance(length);
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(String(error));
      // An ERROR frame says nothing to a peer of another protocol.
      if (this.#foreign !== null) this.destroy(failure);
      else this.fail(failure);
    }
  }

  #advancePreface(preface: { bytes: Uint8Array; length: number }, length: number): void {
    preface.length += length;
    const seen = preface.bytes.subarray(0, preface.length);
    if (!fitsPreface(seen)) {
      this.#preface = null;
      this.#decoder.stop();
      this.#handler.onForeign(seen);
    } else if (seen.length === PREFACE.length) {
      this.#preface = null;
    }
  }

  #onFrame(frame: Frame): void {
    // Before a server has answered HELLO it says nothing but an ERROR (P-1.3): the session refuses whatever comes.
    if (!this.#prefaceSent) this.#handler.onFrame(frame);
    else if (frame.name === 'ping') this.#pings.onPing(frame);
    else if (frame.name === 'pong') this.#pings.onPong(frame);
    else this.#handler.onFrame(frame);
  }

  /** Sends a PING unless one is unanswered. */
  ping(): void {
    if (!this.#failing && this.#preface === null) this.#pings.send();
  }

  #checkLiveness(): void {
    const now = performance.now();
    const { stalled, silence, pong } = this.#timeouts;
    if (this.writer.busy) {
      const backlog = kernelBacklog(this.socket) ?? 0;
      if (backlog !== this.#backlog) this.writer.lastProgress = now;
      this.#backlog = backlog;
      if (now - this.writer.lastProgress > stalled) {
        return this.destroy(new ProtocolError('timeout', `the peer took no byte for ${stalled / 1000} s`));
      }
    }
    if (this.#failing) return;
    const { sentAt } = this.#pings;
    if (sentAt !== undefined && now - Math.max(sentAt, this.#lastHeard) > pong) {
      this.fail(new ProtocolError('timeout', `the peer did not answer a PING for ${pong / 1000} s`));
    } else if (now - this.#lastHeard > silence) {
      this.ping();
    }
  }

  #onEnd(): void {
    // Last words may still wait for a slow reader: a close before they have left would lose them.
    if (!this.#failing) (this.#foreign ?? this.#handler).onEnd();
    else if (this.socket.writableEnded) this.socket.destroySoon();
  }

  #lastWords(words?: Buffer): void {
    this.#failing = true;
    // First of all: the words may leave at once, and no chunk behind them.
    this.writer.endChunks();
    if (words !== undefined) this.writer.control(words);
    this.#decoder.stop();
    // What is discarded comes in wide reads, not in the preface's eight bytes.
    this.#preface = null;
    this.refreshView();
    const timer = setTimeout(() => this.socket.destroy(), this.#timeouts.lastWords);
    this.socket.once('close', () => clearTimeout(timer));
    void this.writer.controlFlushed().then(() => {
      this.socket.end();
      if (this.socket.readableEnded) this.socket.destroySoon();
    });
  }

  #discard(length: number): void {
    this.#discarded += length;
    if (this.#discarded > LAST_WORDS_BYTES) this.socket.destroy();
  }

  #onClose(): void {
    clearInterval(this.#liveness);
    this.#failing = true;
    this.writer.close();
    this.#handler.onClose(this.#failure);
  }
}
