import { CHUNK_SIZE } from '../../protocol/limits.js';
import type { Region, Slot } from '../storage/store.js';
import type { SlotFiller, UploadSlots } from './upload-slots.js';

/** A connection has at most so many slots for eager files at once. */
const MAX_SLOTS = 2;

interface EagerSlot {
  readonly slot: Slot;
  /** Where the next file goes. */
  at: number;
  /** Files in it that are not written yet. */
  live: number;
}

/** Where a connection's eager files (P-5.9) are put until they are written: one after the other in a slot, many in one. */
export class EagerRoom {
  readonly #slots: UploadSlots;
  #open: EagerSlot[] = [];

  constructor(slots: UploadSlots) {
    this.#slots = slots;
  }

  /**
   * @param filler whose file it is
   * @returns room for `length` bytes (1–CHUNK_SIZE), or undefined when there is none just now
   */
  take(filler: SlotFiller, length: number): Region | undefined {
    let place = this.#open.at(-1);
    if (place === undefined || place.at + length > CHUNK_SIZE) {
      const slot = this.#open.length < MAX_SLOTS ? this.#slots.takeSpare() : undefined;
      if (slot === undefined) return undefined;
      place = { slot, at: 0, live: 0 };
      this.#open.push(place);
    }
    const region = { slot: place.slot, offset: place.at, length };
    place.at += length;
    place.live += 1;
    this.#slots.watch(filler);
    return region;
  }

  /** The file is there whole, or given up. */
  arrived(filler: SlotFiller): void {
    this.#slots.unwatch(filler);
  }

  /** The file in `region` is written, or given up. */
  give(region: Region): void {
    const place = this.#open.find(({ slot }) => slot === region.slot);
    if (place === undefined || --place.live > 0) return;
    this.#open = this.#open.filter((other) => other !== place);
    this.#slots.giveSpare(place.slot);
  }
}
