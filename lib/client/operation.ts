import type { Frame } from '../../protocol/decoder.js';
import { ProtocolError } from '../../protocol/errors.js';
import type { FrameTypeName } from '../../protocol/frame.js';
import { decodeMessage } from '../../protocol/messages.js';
import { onAbort } from './aborts.js';
import { toError } from './errors.js';
import type { Session } from './session.js';
import type { Stream } from './stream.js';

/**
 * Who has the next step: the server owes an answer, bytes of ours are on their way to it, or we are at something
 * ourselves (reading a slow source, waiting for a reader). Only the first two can time out.
 */
export type Waiting = 'server' | 'sending' | 'self';

export type Settle<T> = (error: Error | undefined, value: T | undefined) => void;

/** One operation from its call to its end: it waits for its turn, holds at most one stream, and settles once. */
export abstract class Operation<T> {
  protected readonly session: Session;
  /** Set while the stream is open. */
  protected stream: Stream | undefined;
  /** When it was called; ms of performance.now(). */
  queuedAt = 0;
  /** It was given its turn and has not opened its stream yet. */
  hasTurn = false;
  readonly #signal: AbortSignal | undefined;
  readonly #settle: Settle<T>;
  #settled = false;
  #stopListening: (() => void) | undefined;

  constructor(session: Session, signal: AbortSignal | undefined, settle: Settle<T>) {
    this.session = session;
    this.#signal = signal;
    this.#settle = settle;
  }

  get settled(): boolean {
    return this.#settled;
  }

  /** For messages: `put of 'a/b'`. */
  abstract get title(): string;
  abstract get waiting(): Waiting;

  /** It may open its stream now. A throw fails the operation. */
  protected abstract onTurn(): void;
  /**
   * A frame of its stream, all but ERROR and PROGRESS. After RESULT the stream is closed.
   * @throws {ProtocolError} which ends the connection
   */
  abstract onFrame(frame: Frame): void;
  /** See FrameHandler.onData. */
  onData(frame: Frame): Uint8Array | null {
    throw unexpected(frame.name);
  }
  onPayload(): void {
    // Only operations that take DATA have one.
  }
  onProgressFrame(frame: Frame): void {
    decodeMessage('progress', frame.meta);
  }
  /** Gives back what it holds, exactly once; `error` is undefined after a success. */
  protected abstract release(error: Error | undefined): void;

  /** Starts: called once. `first` puts it before all others that wait. */
  start({ first = false } = {}): void {
    this.#stopListening = onAbort(this.#signal, (reason) => this.fail(reason));
    if (!this.#settled) this.session.enqueue(this, first);
  }

  takeTurn(): void {
    this.hasTurn = true;
    try {
      this.onTurn();
    } catch (error) {
      this.fail(toError(error));
    }
  }

  /** Ends it with an error. The server is told to stop if its stream is open. Nothing happens once it is settled. */
  fail(error: Error): void {
    if (this.#settled) return;
    this.#end();
    this.session.leave(this, this.stream);
    this.stream = undefined;
    this.release(error);
    this.#settle(error, undefined);
  }

  protected succeed(value: T): void {
    if (this.#settled) return;
    this.#end();
    this.stream = undefined;
    this.release(undefined);
    this.#settle(undefined, value);
  }

  #end(): void {
    this.#settled = true;
    this.#stopListening?.();
  }
}

/** Any operation: what settles it takes a value that nobody but itself can name. */
export type AnyOperation = Operation<never>;

/** Runs an operation that `make` builds around its settling function. */
export function run<T>(make: (settle: Settle<T>) => Operation<T>, options?: { first: boolean }): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    make((error, value) => {
      if (error === undefined) resolve(value as T);
      else reject(error);
    }).start(options);
  });
}

export function unexpected(name: FrameTypeName): ProtocolError {
  return new ProtocolError('wrong-state', `${name.toUpperCase()} is not allowed on this stream now`);
}
