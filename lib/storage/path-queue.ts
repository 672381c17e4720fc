/**
 * Those who change what stands under a name do it one after another, in the order they came; other names go on.
 * Readers don't queue: publishing is one step.
 */
export class PathQueue {
  /** A name is a key while somebody has it; the value is who waits for it. */
  readonly #waiting = new Map<string, (() => void)[]>();

  /** Calls `go` when the name is the caller's, at once if it is free. The caller owes a `leave`. */
  enter(path: string, go: () => void): void {
    const waiting = this.#waiting.get(path);
    if (waiting !== undefined) {
      waiting.push(go);
      return;
    }
    this.#waiting.set(path, []);
    go();
  }

  isFree(path: string): boolean {
    return !this.#waiting.has(path);
  }

  leave(path: string): void {
    const next = this.#waiting.get(path)?.shift();
    if (next === undefined) this.#waiting.delete(path);
    else next();
  }

  /** Runs `work` while it has all of `paths`. They are entered in one order by everyone, so that nobody waits in a ring. */
  async run<T>(paths: readonly string[], work: () => Promise<T>): Promise<T> {
    const names = [...new Set(paths)].sort();
    for (const name of names) await new Promise<void>((resolve) => this.enter(name, resolve));
    try {
      return await work();
    } finally {
      for (const name of names) this.leave(name);
    }
  }
}
