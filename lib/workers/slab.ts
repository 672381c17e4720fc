import { CHUNK_SIZE } from '../../protocol/limits.js';

/** One fixed piece of the slab: CHUNK_SIZE bytes of shared memory. */
export interface Slot {
  /** Place in the slab, from 0: how a worker is told which slot is meant. */
  readonly index: number;
  readonly bytes: Uint8Array;
}

/** Part of a slot. */
export interface Region {
  readonly slot: Slot;
  /** Bytes from the slot's start. */
  readonly offset: number;
  readonly length: number;
}

/**
 * All memory for file content, set aside once (R11): one SharedArrayBuffer of fixed slots of CHUNK_SIZE. Sockets read
 * into it, workers hash and write from it, and nothing is copied between them.
 */
export class Slab {
  readonly buffer: SharedArrayBuffer;
  readonly slots: readonly Slot[];
  #shared = 0;

  /** @param count slots, at least 1; each takes 1 MiB */
  constructor(count: number) {
    if (!Number.isSafeInteger(count) || count < 1)
      throw new RangeError(`a slab of ${count} slots: at least 1 is needed`);
    this.buffer = new SharedArrayBuffer(count * CHUNK_SIZE);
    this.slots = Array.from({ length: count }, (_, index) => ({
      index,
      bytes: new Uint8Array(this.buffer, index * CHUNK_SIZE, CHUNK_SIZE),
    }));
  }

  /** Slots that no share has. */
  get unshared(): number {
    return this.slots.length - this.#shared;
  }

  /**
   * Sets `count` slots aside for one purpose, for good, so that one purpose never starves another.
   * @throws {RangeError} when fewer are left
   */
  share(count: number): SlotShare {
    if (!Number.isSafeInteger(count) || count < 0 || count > this.unshared) {
      throw new RangeError(`a share of ${count} slots: the slab has ${this.unshared} left`);
    }
    const first = this.#shared;
    this.#shared += count;
    return new SlotShare(this.slots.slice(first, this.#shared));
  }
}

/** Slots of one purpose. The slot that came back last goes out first: its pages are still in the processor's cache. */
export class SlotShare {
  readonly capacity: number;
  readonly #free: Slot[];
  /** Every slot of the share, and whether it is out. */
  readonly #out: Map<Slot, boolean>;

  /** Made by `Slab.share`. */
  constructor(slots: readonly Slot[]) {
    this.capacity = slots.length;
    this.#free = slots.toReversed();
    this.#out = new Map(slots.map((slot) => [slot, false]));
  }

  /** How many slots `take` would give now. */
  get free(): number {
    return this.#free.length;
  }

  /** A slot for the caller alone until it is given back; undefined when all are out. What is in it is left from before. */
  take(): Slot | undefined {
    const slot = this.#free.pop();
    if (slot !== undefined) this.#out.set(slot, true);
    return slot;
  }

  /**
   * @throws {Error} for a slot that is not out: two owners of one slot would mix their files' bytes
   */
  give(slot: Slot): void {
    if (this.#out.get(slot) !== true)
      throw new Error(`slot ${slot.index} was given back, but was not taken from this share`);
    this.#out.set(slot, false);
    this.#free.push(slot);
  }
}
