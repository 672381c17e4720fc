import type { Slot } from '../storage/store.js';
import { STALLED_READER_TIMEOUT } from '../../protocol/limits.js';
import type { SlotShare } from '../workers/slab.js';
import { RateWatch } from './rate-watch.js';

/** A connection that reads files. */
export interface SlotReader {
  /** Slots that it holds or asked for. */
  held: number;
  /** Bytes that its peer has taken so far; undefined while no slot of it waits for the peer. */
  readonly taken: number | undefined;
  onSlot(slot: Slot): void;
  /** Its peer reads too slowly, and others wait. The connection ends. */
  onTooSlow(): void;
}

/** Milliseconds, and bytes per second. Tests shorten them. */
export interface ReadTiming {
  /** A connection that takes less than this is cut while others have no slot, */
  readonly minRate: number;
  /** on average over so long. */
  readonly window: number;
  /** How often waiting is looked at. */
  readonly tick: number;
}

export const DEFAULT_READ_TIMING: ReadTiming = { minRate: 16_384, window: STALLED_READER_TIMEOUT, tick: 1_000 };

/** A connection holds at most so many: one is sent while the next is read. */
const MAX_PER_CONNECTION = 2;

/**
 * Shares the download slots among connections. One that holds none goes before one that wants a second, and one whose
 * peer hardly reads is cut while others have none: slow readers can't keep everybody else out.
 */
export class DownloadSlots {
  readonly #share: SlotShare;
  readonly #timing: ReadTiming;
  /** Connections that ask and hold nothing, and those that ask for a second slot, in the order of their turns. */
  readonly #without = new Set<SlotReader>();
  readonly #more = new Set<SlotReader>();
  /** Connections that hold slots. */
  readonly #holders = new Map<SlotReader, { slots: number; readonly watch: RateWatch }>();
  #timer: NodeJS.Timeout | undefined;

  constructor(share: SlotShare, timing: ReadTiming = DEFAULT_READ_TIMING) {
    this.#share = share;
    this.#timing = timing;
  }

  /**
   * Asks for one slot, which comes by `onSlot`, at once or later.
   * @returns false when the connection has its number already
   */
  request(reader: SlotReader): boolean {
    if (reader.held >= MAX_PER_CONNECTION) return false;
    reader.held += 1;
    this.#review(reader);
    this.#serve();
    return true;
  }

  give(reader: SlotReader, slot: Slot): void {
    reader.held -= 1;
    const holder = this.#holders.get(reader)!;
    holder.slots -= 1;
    if (holder.slots === 0) this.#holders.delete(reader);
    this.#share.give(slot);
    this.#review(reader);
    this.#serve();
  }

  /** The connection is gone: its requests are void. Slots that it holds are still given back. */
  forget(reader: SlotReader): void {
    reader.held = this.#slotsOf(reader);
    this.#review(reader);
    this.#watch();
  }

  #slotsOf(reader: SlotReader): number {
    return this.#holders.get(reader)?.slots ?? 0;
  }

  /** Puts a connection into the queue where it belongs now: one that gave back its only slot is without again. */
  #review(reader: SlotReader): void {
    const slots = this.#slotsOf(reader);
    const asks = reader.held > slots;
    keep(this.#without, reader, asks && slots === 0);
    keep(this.#more, reader, asks && slots > 0);
  }

  #serve(): void {
    while (this.#share.free > 0) {
      const [reader] = this.#without.size > 0 ? this.#without : this.#more;
      if (reader === undefined) break;
      const holder = this.#holders.get(reader) ?? { slots: 0, watch: this.#newWatch() };
      holder.slots += 1;
      this.#holders.set(reader, holder);
      this.#review(reader);
      reader.onSlot(this.#share.take()!);
    }
    this.#watch();
  }

  #newWatch(): RateWatch {
    return new RateWatch(this.#timing.window, this.#timing.minRate);
  }

  #watch(): void {
    if (this.#without.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    } else {
      this.#timer ??= setInterval(() => this.#onTick(), this.#timing.tick).unref();
    }
  }

  #onTick(): void {
    const now = performance.now();
    for (const [reader, { watch }] of [...this.#holders]) {
      const { taken } = reader;
      // What is read from the disk meanwhile is not the peer's doing.
      if (taken === undefined) watch.reset();
      else if (watch.tooSlow(taken, now)) reader.onTooSlow();
    }
  }
}

function keep<T>(set: Set<T>, item: T, belongs: boolean): void {
  if (belongs) set.add(item);
  else set.delete(item);
}
