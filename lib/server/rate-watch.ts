/** Looks at a count of bytes now and then, and tells whether it grows too slowly. */
export class RateWatch {
  readonly #window: number;
  readonly #minRate: number;
  #before: { at: number; bytes: number } | null = null;

  /**
   * @param window ms over which the rate is taken, at least
   * @param minRate bytes per second
   */
  constructor(window: number, minRate: number) {
    this.#window = window;
    this.#minRate = minRate;
  }

  /** Something else is counted from now on. */
  reset(): void {
    this.#before = null;
  }

  /** @param now ms of performance.now() */
  tooSlow(bytes: number, now: number): boolean {
    const before = (this.#before ??= { at: now, bytes });
    const elapsed = now - before.at;
    if (elapsed < this.#window) return false;
    this.#before = { at: now, bytes };
    return (bytes - before.bytes) * 1000 < this.#minRate * elapsed;
  }
}
