import type * as net from 'node:net';
import { LegacyFault } from '../../../protocol/legacy/fault.js';
import { type LegacyReply, type ReplyEvent, ReplyScanner } from '../../../protocol/legacy/reply-scanner.js';
import type { LegacyVerb } from '../../../protocol/legacy/request.js';
import { type ByteSink, connectSocket, kernelBacklog, type SocketPath } from '../../transport/socket-reader.js';
import { EndReasons } from '../end-reasons.js';
import { BadReplyError, ConnectionError, IntegrityError, TimeoutError } from '../errors.js';

/** Where a reply is placed: content comes in large pieces. */
const WIDE = 262_144;
const NARROW = 16_384;

export interface ExchangeOptions {
  readonly host: string;
  readonly port: number;
  readonly socketPath: SocketPath;
  /** Milliseconds to connect. */
  readonly connectTimeoutMs: number;
  /** Milliseconds without a sign of progress, once connected. */
  readonly timeoutMs: number;
}

/** Takes the base64 of a reply. */
export interface ContentTaker {
  /** @returns how many characters were taken: all, unless it has no room now; then it calls the exchange's `onRoom` later */
  take(text: Uint8Array): number;
}

/** Settles the exchange: an error, or the server's reply with any status. */
export type OnReply = (error: Error | undefined, reply: LegacyReply | undefined) => void;

/**
 * One connection, on which one request is sent and one reply read, at the same time: a server that answers early is heard. The sending
 * side stays open until the reply is there, for some servers answer nothing behind a half-close.
 */
export class Exchange implements ByteSink {
  /** Resolves when the connection is closed. */
  readonly closed: Promise<void>;
  readonly #socket: net.Socket;
  readonly #options: ExchangeOptions;
  readonly #reasons: EndReasons;
  readonly #title: string;
  readonly #scanner: ReplyScanner;
  readonly #taker: ContentTaker | null;
  readonly #settle: OnReply;
  readonly #view: Buffer;
  readonly #watch: NodeJS.Timeout;
  #content: Uint8Array | null = null;
  #lastSign = performance.now();
  #backlog = 0;
  #connected = false;
  #writing = false;
  #requestSent = false;
  #ended = false;
  #endTold = false;
  #settled = false;

  /** @param title for messages: `put of 'a.bin'` */
  constructor(options: ExchangeOptions, verb: LegacyVerb, title: string, taker: ContentTaker | null, settle: OnReply) {
    this.#options = options;
    this.#title = title;
    this.#taker = taker;
    this.#settle = settle;
    this.#reasons = new EndReasons(
      { ...options, timeoutMs: options.connectTimeoutMs },
      'server of the base64 protocol',
    );
    this.#scanner = new ReplyScanner(verb);
    this.#view = Buffer.allocUnsafeSlow(taker === null ? NARROW : WIDE);
    const { host, port, socketPath, timeoutMs, connectTimeoutMs } = options;
    const socket = connectSocket(host, port, this, socketPath).socket;
    this.#socket = socket;
    this.#watch = setInterval(
      () => this.#check(),
      Math.min(1_000, Math.max(5, Math.min(timeoutMs, connectTimeoutMs) / 4)),
    ).unref();
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.setNoDelay(true);
    socket.once('connect', () => {
      this.#connected = true;
      this.#lastSign = performance.now();
    });
    socket.on('error', (error) => this.fail(this.#lost(error)));
    socket.on('end', () => this.#onEnd());
  }

  get bytesSent(): number {
    return this.#socket.bytesWritten;
  }

  get bytesReceived(): number {
    return this.#socket.bytesRead;
  }

  /**
   * Sends a piece of the request, as text one character for each byte. One at a time.
   * @param onTaken the kernel has it, and its memory can be used again; not called when the exchange is over
   */
  write(piece: string | Uint8Array, { last, onTaken }: { last: boolean; onTaken?: () => void }): void {
    if (this.#settled) return;
    this.#writing = true;
    this.#requestSent = last;
    this.#lastSign = performance.now();
    this.#socket.write(piece, 'latin1', (error) => {
      if (error || this.#settled) return;
      this.#writing = false;
      this.#lastSign = performance.now();
      onTaken?.();
    });
  }

  /** The taker has room again. */
  onRoom(): void {
    this.#run();
  }

  /** Ends it with an error; what is under way is cut. Nothing happens once it is settled. */
  fail(error: Error): void {
    this.#end(error, undefined);
  }

  view(): Uint8Array {
    return this.#view;
  }

  advance(length: number): void {
    if (this.#settled) return;
    // The content lies in the view. A paused socket places nothing there; if one did, what is left of the content would be lost.
    if (this.#content !== null) return this.fail(new Error(`${this.#title}: bytes came from a paused socket`));
    const bytes = this.#view.subarray(0, length);
    this.#lastSign = performance.now();
    this.#scanner.push(bytes);
    this.#run();
  }

  #onEnd(): void {
    this.#ended = true;
    if (this.#content === null) this.#run();
  }

  #run(): void {
    try {
      while (!this.#settled && this.#step());
    } catch (error) {
      this.fail(error instanceof LegacyFault ? this.#badReply(error) : (error as Error));
    }
    if (this.#settled) return;
    if (this.#content === null) this.#socket.resume();
    else this.#socket.pause();
  }

  /** @returns whether there may be more to do at once */
  #step(): boolean {
    if (this.#content !== null) {
      this.#content = this.#content.subarray(this.#taker!.take(this.#content));
      if (this.#content.length > 0) return false;
      this.#content = null;
    }
    const event: ReplyEvent = this.#scanner.next();
    if (event.kind === 'content') this.#content = event.text;
    else if (event.kind === 'reply') this.#onReply(event.reply);
    else return this.#more();
    return true;
  }

  #more(): boolean {
    if (!this.#ended || this.#endTold) return false;
    this.#endTold = true;
    if (this.#socket.bytesRead === 0) this.fail(this.#noReply());
    else this.#scanner.end();
    return true;
  }

  /** Whether the kernel has all of the request. Its callback for the last piece comes before any byte of a reply to it. */
  get #sent(): boolean {
    return this.#requestSent && !this.#writing;
  }

  #onReply(reply: LegacyReply): void {
    if (reply.ok && !this.#sent) {
      const what = `${this.#title}: the server answered OK before all was sent`;
      return this.fail(new IntegrityError(`${what}: what it stored is cut short. Remove it there`));
    }
    this.#end(undefined, reply);
  }

  #end(error: Error | undefined, reply: LegacyReply | undefined): void {
    if (this.#settled) return;
    this.#settled = true;
    clearInterval(this.#watch);
    this.#content = null;
    // A clean end behind half a request could pass for the end of a whole one: some servers need no terminator.
    if (this.#connected && !this.#sent) this.#socket.resetAndDestroy();
    else this.#socket.destroy();
    this.#settle(error, reply);
  }

  /** The server owes a reply, or takes what is sent; it isn't watched while we are at something ourselves. */
  #check(): void {
    const now = performance.now();
    const backlog = kernelBacklog(this.#socket) ?? this.#backlog;
    const ours = this.#content !== null || (this.#connected && !this.#writing && !this.#requestSent);
    if (ours || backlog !== this.#backlog) this.#lastSign = now;
    this.#backlog = backlog;
    const { timeoutMs, connectTimeoutMs } = this.#options;
    if (now - this.#lastSign <= (this.#connected ? timeoutMs : connectTimeoutMs)) return;
    if (!this.#connected) return this.fail(this.#reasons.noAnswer());
    const seconds = timeoutMs / 1000;
    this.fail(
      new TimeoutError(
        `${this.#title}: the server gave no sign for ${seconds} s; one that is slow or busy with others may need more (--timeout)`,
      ),
    );
  }

  #lost(cause: Error): Error {
    if (!this.#connected) return this.#reasons.notConnected(cause);
    return this.#reasons.lost(cause);
  }

  #noReply(): Error {
    const why = 'the server closed the connection without a reply; it may not speak this dialect, or have failed';
    return new ConnectionError('connection-lost', `${this.#title}: ${why}`);
  }

  #badReply(fault: LegacyFault): Error {
    return new BadReplyError(`${this.#title}: ${fault.message}`, { cause: fault });
  }
}
