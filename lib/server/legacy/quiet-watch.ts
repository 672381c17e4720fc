import type { LegacyVerb } from '../../../protocol/legacy/request.js';
import type { LegacyTimeouts } from './timeouts.js';

/** A connection whose silences mean something. */
export interface Watched {
  /** The next step is the client's. */
  readonly awaiting: boolean;
  /** When the request under way began, ms of performance.now(); null between requests. */
  readonly requestSince: number | null;
  /** None of its content has come. */
  readonly inHead: boolean;
  /** What the request under way is if nothing more comes; undefined when it must not end here. */
  readonly couldEndAs: LegacyVerb | undefined;
  /** Nothing was asked for long. */
  onIdle(): void;
  /** It was quiet for so long that the request under way is one without terminator. */
  onUnterminated(): void;
  /** The request under way takes too long. */
  onLate(): void;
}

/**
 * Looks how long it is quiet on a legacy connection. Its timer isn't moved by every byte: when it fires, it looks when the
 * last one came.
 */
export class QuietWatch {
  readonly #watched: Watched;
  readonly #timeouts: LegacyTimeouts;
  #lastHeard = performance.now();
  #idleSince = performance.now();
  #timer: NodeJS.Timeout | undefined;
  #due = 0;
  #stopped = false;

  constructor(watched: Watched, timeouts: LegacyTimeouts) {
    this.#watched = watched;
    this.#timeouts = timeouts;
  }

  /** Bytes came. */
  onBytes(): void {
    this.#lastHeard = performance.now();
  }

  /** The silence until now was ours: a reply has left, or there was no memory. */
  restart(): void {
    this.#lastHeard = this.#idleSince = performance.now();
  }

  /** To be called whenever it has become the client's turn. */
  watch(): void {
    const { awaiting, requestSince } = this.#watched;
    if (!awaiting) return;
    const { idle, unterminated } = this.#timeouts;
    this.#wakeAt(requestSince === null ? this.#idleSince + idle : this.#lastHeard + unterminated);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #wakeAt(due: number): void {
    if (this.#stopped || (this.#timer !== undefined && this.#due <= due)) return;
    clearTimeout(this.#timer);
    this.#due = due;
    this.#timer = setTimeout(() => this.#onTimer(), Math.max(1, Math.ceil(due - performance.now()))).unref();
  }

  #onTimer(): void {
    this.#timer = undefined;
    const { awaiting, requestSince } = this.#watched;
    if (!awaiting) return;
    const now = performance.now();
    if (requestSince !== null) this.#lookAtRequest(requestSince, now);
    else if (now >= this.#idleSince + this.#timeouts.idle) this.#watched.onIdle();
    else this.watch();
  }

  #lookAtRequest(requestSince: number, now: number): void {
    const { silence, head, unterminated, unterminatedUpload } = this.#timeouts;
    const { inHead, couldEndAs } = this.#watched;
    const late = Math.min(this.#lastHeard + silence, inHead ? requestSince + head : Infinity);
    if (now >= late) return this.#watched.onLate();
    const quiet = this.#lastHeard + (couldEndAs === 'UPLOAD' ? unterminatedUpload : unterminated);
    if (couldEndAs !== undefined && now >= quiet) return this.#watched.onUnterminated();
    this.#wakeAt(quiet > now ? Math.min(late, quiet) : late);
  }
}
