import type { AnyOperation } from './operation.js';

/**
 * Who may go on: operations wait here, in order, for one of the server's streams (P-4.4), and small files then for
 * room in the allowance (P-5.9).
 */
export class Turns {
  readonly #streams: number;
  readonly #allowance: number;
  /** Streams that are open, and turns given that have not opened theirs yet. */
  #taken = 0;
  #eagerBytes = 0;
  #queue: AnyOperation[] = [];
  #eager: { operation: AnyOperation; bytes: number; go: () => void }[] = [];
  #draining = false;

  /**
   * @param streams how many may be open at once
   * @param allowance bytes that may be under way without credit
   */
  constructor(streams: number, allowance: number) {
    this.#streams = streams;
    this.#allowance = allowance;
  }

  /** Those that are next: the ones that have waited longest. */
  get heads(): AnyOperation[] {
    while (this.#eager[0]?.operation.settled) this.#eager.shift();
    return [this.head, this.#eager[0]?.operation].filter((operation) => operation !== undefined);
  }

  get head(): AnyOperation | undefined {
    while (this.#queue[0]?.settled) this.#queue.shift();
    return this.#queue[0];
  }

  add(operation: AnyOperation, first: boolean): void {
    if (first) this.#queue.unshift(operation);
    else this.#queue.push(operation);
    this.drain();
  }

  /** A stream closed, or a turn was not used. */
  giveBack(eagerBytes = 0): void {
    this.#taken -= 1;
    this.giveBackAllowance(eagerBytes);
    this.drain();
  }

  giveBackAllowance(bytes: number): void {
    this.#eagerBytes -= bytes;
    while (this.#eager.length > 0) {
      const { operation, bytes: wanted, go } = this.#eager[0]!;
      if (!operation.settled && this.#eagerBytes + wanted > this.#allowance) return;
      this.#eager.shift();
      if (operation.settled) continue;
      this.#eagerBytes += wanted;
      go();
    }
  }

  /** Calls `go` when `bytes` (at most the allowance) fit; at once, if they do now. */
  takeAllowance(operation: AnyOperation, bytes: number, go: () => void): void {
    if (this.#eager.length === 0 && this.#eagerBytes + bytes <= this.#allowance) {
      this.#eagerBytes += bytes;
      go();
    } else {
      this.#eager.push({ operation, bytes, go });
    }
  }

  /** Gives turns as long as there are streams. An operation that fails in its turn comes back here: hence the guard. */
  drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    while (this.#taken < this.#streams) {
      const operation = this.head;
      if (operation === undefined) break;
      this.#queue.shift();
      this.#taken += 1;
      operation.takeTurn();
    }
    this.#draining = false;
  }

  /** Everything that waits, in order; nobody waits any more. */
  clear(): AnyOperation[] {
    const waiting = [...this.#queue, ...this.#eager.map(({ operation }) => operation)];
    this.#queue = [];
    this.#eager = [];
    return waiting;
  }
}
