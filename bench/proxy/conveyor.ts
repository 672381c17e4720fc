import type { Socket } from 'node:net';
import type { Pipe } from './pipe.js';

/** Hears what goes through a pipe: when it enters, and when the far end has it. */
export interface Tap {
  readonly entered: (bytes: Uint8Array) => void;
  readonly delivered: (bytes: Uint8Array) => void;
}

/**
 * Timers have a granularity of a millisecond: what is due within half of one leaves now. So delays are right on average, and the rate is
 * right in any case, since it is the line's clock that says when a piece is due.
 */
const EARLY = 0.5;

/** Moves the bytes of one socket to another through a pipe, and then its end. */
export class Conveyor {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #pipe: Pipe;
  readonly #tap: Tap | undefined;
  readonly #onFull: () => void;
  #timer: NodeJS.Timeout | undefined;
  /** The far socket has not taken what it was given last. */
  #busy = false;

  constructor(from: Socket, to: Socket, pipe: Pipe, { tap, onFull }: { tap: Tap | undefined; onFull: () => void }) {
    this.#from = from;
    this.#to = to;
    this.#pipe = pipe;
    this.#tap = tap;
    this.#onFull = onFull;
  }

  /** Begins to read. */
  start(): void {
    if (this.#to.pending) this.#to.once('connect', () => this.#deliver());
    this.#from.on('data', (bytes) => this.#onData(bytes));
    this.#from.on('end', () => this.#onEnd());
    this.#from.resume();
  }

  /** One of the sockets is gone: what is under way is lost. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#from.removeAllListeners('data').removeAllListeners('end');
  }

  #onData(bytes: Buffer): void {
    this.#tap?.entered(bytes);
    this.#pipe.push(bytes, performance.now());
    if (this.#pipe.isFull) {
      this.#from.pause();
      this.#onFull();
    }
    this.#deliver();
  }

  #onEnd(): void {
    this.#pipe.end(performance.now());
    this.#deliver();
  }

  #deliver(): void {
    if (this.#busy || this.#to.pending || this.#to.destroyed) return;
    const now = performance.now() + EARLY;
    const pieces = this.#pipe.take(now);
    if (pieces.length > 0) this.#write(pieces);
    else if (this.#pipe.takeEnd(now)) this.#to.end();
    else this.#wait();
  }

  #write(pieces: readonly Uint8Array[]): void {
    this.#busy = true;
    this.#to.cork();
    pieces.forEach((bytes, index) => {
      const last = index === pieces.length - 1;
      this.#to.write(bytes, last ? (error) => this.#onTaken(pieces, error) : undefined);
    });
    this.#to.uncork();
  }

  #onTaken(pieces: readonly Uint8Array[], error: Error | null | undefined): void {
    if (error) return;
    this.#busy = false;
    for (const bytes of pieces) {
      this.#tap?.delivered(bytes);
      this.#pipe.release(bytes.length);
    }
    if (this.#from.isPaused() && !this.#pipe.isFull) this.#from.resume();
    this.#deliver();
  }

  #wait(): void {
    const { dueAt } = this.#pipe;
    clearTimeout(this.#timer);
    if (dueAt === undefined) return;
    this.#timer = setTimeout(() => this.#deliver(), dueAt - performance.now());
  }
}
