/** One direction of a line that several connections share: their bytes leave one after the other, at its rate. */
export class Line {
  readonly #rate: number;
  #freeAt = 0;

  /** @param rate bytes per second */
  constructor(rate: number) {
    this.#rate = rate / 1000;
  }

  /** `length` bytes are to leave. @returns when the last of them has; times are milliseconds of one clock */
  send(length: number, now: number): number {
    this.#freeAt = Math.max(now, this.#freeAt) + length / this.#rate;
    return this.#freeAt;
  }
}

interface Piece {
  readonly bytes: Uint8Array;
  readonly dueAt: number;
}

/**
 * What one connection has under way in one direction: each piece is due when the line has sent it and the delay has passed.
 * It holds what is on the way, what waits for the line, and what its reader doesn't take: all of it counts, so that a sender is pushed
 * back by any of the three. Pure: whoever owns it brings the clock.
 */
export class Pipe {
  readonly #line: Line;
  readonly #delay: number;
  readonly #capacity: number;
  readonly #pieces: Piece[] = [];
  #held = 0;
  #mostHeld = 0;
  #endAt: number | undefined;

  /**
   * @param delay milliseconds, one way
   * @param capacity bytes
   */
  constructor(line: Line, delay: number, capacity: number) {
    this.#line = line;
    this.#delay = delay;
    this.#capacity = capacity;
  }

  /** Bytes that are pushed and not released. */
  get held(): number {
    return this.#held;
  }

  get mostHeld(): number {
    return this.#mostHeld;
  }

  /** No more should be pushed. A piece that comes nevertheless is taken: it was read before its sender could be stopped. */
  get isFull(): boolean {
    return this.#held >= this.#capacity;
  }

  push(bytes: Uint8Array, now: number): void {
    this.#held += bytes.length;
    this.#mostHeld = Math.max(this.#mostHeld, this.#held);
    this.#pieces.push({ bytes, dueAt: this.#line.send(bytes.length, now) + this.#delay });
  }

  /** Nothing more will be pushed. The end is due behind the last piece. */
  end(now: number): void {
    this.#endAt = this.#line.send(0, now) + this.#delay;
  }

  /** When there will be something to take, a piece or the end; undefined when nothing is under way. */
  get dueAt(): number | undefined {
    return this.#pieces[0]?.dueAt ?? this.#endAt;
  }

  /** What has come to the far end. It stays held until it is released. */
  take(now: number): Uint8Array[] {
    const notYet = this.#pieces.findIndex(({ dueAt }) => dueAt > now);
    const due = this.#pieces.splice(0, notYet === -1 ? this.#pieces.length : notYet);
    return due.map(({ bytes }) => bytes);
  }

  /** The reader has `length` bytes of what was taken. */
  release(length: number): void {
    this.#held -= length;
  }

  /** @returns true once: the end has come to the far end, behind all pieces */
  takeEnd(now: number): boolean {
    if (this.#pieces.length > 0 || this.#endAt === undefined || this.#endAt > now) return false;
    this.#endAt = undefined;
    return true;
  }
}
