import type { Slot } from '../storage/store.js';

/** A chunk that is there whole. */
export interface Arrived {
  readonly slot: Slot;
  readonly chunk: number;
  readonly bytes: number;
  readonly leaf: Uint8Array;
  readonly epoch: number;
}

/** A chunk of an upload whose fragments are arriving, in order. */
export class Filling {
  readonly slot: Slot;
  readonly chunk: number;
  readonly #epoch: number;
  /** What is in place when the fragment under way is. */
  #end = 0;
  #leaf: Uint8Array | undefined;

  constructor(slot: Slot, chunk: number, epoch: number) {
    this.slot = slot;
    this.chunk = chunk;
    this.#epoch = epoch;
  }

  /** Bytes that are in place, or under way with the fragment. */
  get end(): number {
    return this.#end;
  }

  /**
   * @param within the fragment's place in the chunk, bytes
   * @param leaf of the chunk, with its last fragment
   * @returns where the fragment's payload belongs
   */
  place(within: number, length: number, leaf: Uint8Array | undefined): Uint8Array {
    this.#leaf = leaf?.slice();
    this.#end = within + length;
    return this.slot.bytes.subarray(within, this.#end);
  }

  /** The fragment under way is in place. @returns the chunk, when it was the last */
  onPayload(): Arrived | undefined {
    if (this.#leaf === undefined) return undefined;
    return { slot: this.slot, chunk: this.chunk, bytes: this.#end, leaf: this.#leaf, epoch: this.#epoch };
  }
}
