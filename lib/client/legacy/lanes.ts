import { onAbort } from '../aborts.js';

/** At most so many pieces of work at once; the others wait in order. */
export class Lanes {
  #free: number;
  readonly #waiting = new Set<() => void>();
  readonly #rejecting = new Set<(error: Error) => void>();

  constructor(count: number) {
    this.#free = count;
  }

  /** @param signal gives up waiting; the work itself has to listen as well */
  async run<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await this.#turn(signal);
    try {
      return await work();
    } finally {
      const [next] = this.#waiting;
      if (next === undefined) this.#free += 1;
      else next();
    }
  }

  /** Nobody who waits gets a turn any more. */
  clear(error: Error): void {
    for (const reject of [...this.#rejecting]) reject(error);
  }

  #turn(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.delete(go);
        this.#rejecting.delete(giveUp);
        stopListening();
      };
      const go = (): void => {
        leave();
        resolve();
      };
      const giveUp = (error: Error): void => {
        leave();
        reject(error);
      };
      let stopListening = (): void => undefined;
      this.#waiting.add(go);
      this.#rejecting.add(giveUp);
      stopListening = onAbort(signal, giveUp);
    });
  }
}
