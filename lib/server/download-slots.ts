import type { Slot } from '../storage/store.js';
import type { SlotShare } from '../workers/slab.js';

/** A connection that reads files. */
export interface SlotReader {
  /** Slots that it holds or was promised. */
  held: number;
  onSlot(slot: Slot): void;
}

/** A connection holds at most so many: one is sent while the next is read. */
const MAX_PER_CONNECTION = 2;

/**
 * Shares the download slots among connections. One that holds none goes before one that wants a second, so that slow
 * readers can't keep everybody else out with a window of their own.
 */
export class DownloadSlots {
  readonly #share: SlotShare;
  readonly #first: SlotReader[] = [];
  readonly #second: SlotReader[] = [];

  constructor(share: SlotShare) {
    this.#share = share;
  }

  /**
   * Asks for one slot, which comes by `onSlot`, at once or later.
   * @returns false when the connection has its number already
   */
  request(reader: SlotReader): boolean {
    if (reader.held >= MAX_PER_CONNECTION) return false;
    reader.held += 1;
    (reader.held === 1 ? this.#first : this.#second).push(reader);
    this.#serve();
    return true;
  }

  give(reader: SlotReader, slot: Slot): void {
    reader.held -= 1;
    this.#share.give(slot);
    this.#serve();
  }

  /** The connection is gone: its requests are void. Slots that it holds are still given back. */
  forget(reader: SlotReader): void {
    for (const queue of [this.#first, this.#second]) {
      const at = queue.indexOf(reader);
      if (at >= 0) {
        queue.splice(at, 1);
        reader.held -= 1;
      }
    }
  }

  /** Connections wait while all slots are in use: who holds one without getting on is in the way. */
  get contended(): boolean {
    return this.#first.length > 0;
  }

  #serve(): void {
    while (this.#share.free > 0) {
      const reader = this.#first.shift() ?? this.#second.shift();
      if (reader === undefined) return;
      const slot = this.#share.take();
      if (slot !== undefined) reader.onSlot(slot);
    }
  }
}
