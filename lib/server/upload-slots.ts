import { FLOOR_WAIT_TIMEOUT, UNUSED_GRANT_TIMEOUT } from '../../protocol/limits.js';
import type { Slot } from '../storage/store.js';
import type { SlotShare } from '../workers/slab.js';
import { RateWatch } from './rate-watch.js';

/** Somebody whose peer fills a slot. Its methods are called by UploadSlots only. */
export interface SlotFiller {
  /** Bytes that arrived in the chunk that is filling; undefined when none is. */
  filling(): number | undefined;
  /** Its memory is needed elsewhere: it gives the filling slot back, and wants nothing until it says so again (P-5.6). */
  onRevoke(): void;
}

/** An upload that asks for memory. */
export interface SlotTaker extends SlotFiller {
  /** How many more chunks it would take now, given how many it holds. */
  wants(held: number): number;
  /** `chunks` more may be sent: memory is set aside for each. */
  onGrant(chunks: number): void;
  /** No memory became free in time. Told again and again until it ends, or gets some. */
  onBusy(): void;
  /** Whether it keeps what came when it is revoked: it can be at any time, and goes on later. */
  readonly givesWay?: boolean;
}

/** Milliseconds, and bytes per second. Tests shorten them. */
export interface SlotTiming {
  readonly floorWait: number;
  readonly unusedGrant: number;
  /** A chunk that fills slower than this is evicted while others wait. */
  readonly minFillRate: number;
  /** An upload that gives way fills its slot for so long at most while others wait. */
  readonly turn: number;
  /** How often waiting is looked at. */
  readonly tick: number;
}

export const DEFAULT_SLOT_TIMING: SlotTiming = {
  floorWait: FLOOR_WAIT_TIMEOUT,
  unusedGrant: UNUSED_GRANT_TIMEOUT,
  minFillRate: 65_536,
  turn: 1_000,
  tick: 500,
};

/** One upload's account. */
export interface Lease {
  readonly taker: SlotTaker;
  readonly owner: Owner;
  /** Granted, and no first fragment has come yet. */
  unused: number;
  /** Slots that are filling or being written. */
  inUse: number;
  /** When a grant was last given while none was unused, or last used; ms of performance.now(). */
  movedAt: number;
  readonly fill: RateWatch;
}

/** A connection's account: all its uploads share one floor. */
export interface Owner {
  held: number;
  readonly leases: Set<Lease>;
  /** Those of them that want and hold nothing, in the order of their turns. */
  readonly without: Set<Lease>;
  /** Since when it waits for its floor; undefined when it doesn't. */
  waitingSince: number | undefined;
}

/**
 * Shares the upload slots among connections (P-5.8). Each connection that wants credit has a floor of one slot; then come uploads that hold
 * nothing, and what is left beyond a small reserve goes round among all that want more. Unused grants and slow chunks
 * are taken back only while others have nothing. A granted slot is always there: the sum of promises and used slots
 * never exceeds the share.
 */
export class UploadSlots {
  readonly #share: SlotShare;
  readonly #timing: SlotTiming;
  /** Slots that are promised and not taken yet. */
  #promised = 0;
  /** Connections that want and hold nothing, in order of arrival. */
  readonly #waiting = new Set<Owner>();
  /** Uploads that want and hold nothing, and those that want more than they hold, in the order of their turns. */
  readonly #without = new Set<Lease>();
  readonly #more = new Set<Lease>();
  readonly #leases = new Set<Lease>();
  /** Eager files that are arriving. */
  readonly #eager = new Map<SlotFiller, RateWatch>();
  #timer: NodeJS.Timeout | undefined;
  #distributing = false;

  constructor(share: SlotShare, timing: SlotTiming = DEFAULT_SLOT_TIMING) {
    this.#share = share;
    this.#timing = timing;
  }

  createOwner(): Owner {
    return { held: 0, leases: new Set(), without: new Set(), waitingSince: undefined };
  }

  open(owner: Owner, taker: SlotTaker): Lease {
    const fill = this.#newWatch();
    const lease: Lease = { taker, owner, unused: 0, inUse: 0, movedAt: performance.now(), fill };
    owner.leases.add(lease);
    this.#leases.add(lease);
    return lease;
  }

  /** Ends a lease: its promises are void. Slots in use are still given back one by one. Safe more than once. */
  close(lease: Lease): void {
    lease.owner.leases.delete(lease);
    this.#leases.delete(lease);
    this.#withdrawPromises(lease);
    this.ask(lease);
  }

  /** The taker may want more than before, or less. */
  ask(lease: Lease): void {
    this.#review(lease);
    this.#distribute();
  }

  /** A granted chunk's first fragment is here. Only when the lease has an unused grant. */
  take(lease: Lease): Slot {
    const slot = lease.unused > 0 ? this.#share.take() : undefined;
    if (slot === undefined) throw new Error('a slot was to be taken that had not been promised');
    lease.unused -= 1;
    this.#promised -= 1;
    lease.inUse += 1;
    lease.movedAt = performance.now();
    lease.fill.reset();
    return slot;
  }

  give(lease: Lease, slot: Slot): void {
    this.#share.give(slot);
    lease.inUse -= 1;
    lease.owner.held -= 1;
    this.ask(lease);
  }

  /** A slot that nobody was promised, for eager files; undefined when there is none, or others wait. */
  takeSpare(): Slot | undefined {
    if (this.#free < 1 || this.#waiting.size > 0) return undefined;
    return this.#share.take();
  }

  giveSpare(slot: Slot): void {
    this.#share.give(slot);
    this.#distribute();
  }

  /** An eager file begins to arrive: if it comes too slowly while others have nothing, it is revoked. */
  watch(filler: SlotFiller): void {
    this.#eager.set(filler, this.#newWatch());
  }

  /** It is there, or given up. */
  unwatch(filler: SlotFiller): void {
    this.#eager.delete(filler);
  }

  get #free(): number {
    return this.#share.free - this.#promised;
  }

  /** Kept back from windows beyond the first slot, so that a new connection and eager files find room at once. */
  get #reserve(): number {
    return this.#share.capacity >> 3;
  }

  #newWatch(): RateWatch {
    return new RateWatch(this.#timing.unusedGrant, this.#timing.minFillRate);
  }

  /** Puts a lease and its connection into the queues where they belong now. */
  #review(lease: Lease): void {
    const { owner } = lease;
    const held = lease.unused + lease.inUse;
    const wants = this.#leases.has(lease) && lease.taker.wants(held) > 0;
    keep(this.#without, lease, wants && held === 0);
    keep(owner.without, lease, wants && held === 0);
    keep(this.#more, lease, wants && held > 0);
    const waits = owner.held === 0 && owner.without.size > 0;
    keep(this.#waiting, owner, waits);
    owner.waitingSince = waits ? (owner.waitingSince ?? performance.now()) : undefined;
  }

  #leave(lease: Lease): void {
    this.#without.delete(lease);
    lease.owner.without.delete(lease);
    this.#more.delete(lease);
  }

  #distribute(): void {
    // A grant makes a taker send frames, which may bring it back here.
    if (this.#distributing) return;
    this.#distributing = true;
    for (let next = this.#next(); next !== undefined; next = this.#next()) this.#grant(next);
    this.#distributing = false;
    this.#watch();
  }

  /** Whose turn it is to get a slot; undefined when there is none, or nobody may have one. */
  #next(): Lease | undefined {
    if (this.#free < 1) return undefined;
    const [waiting] = this.#waiting;
    const [without] = waiting?.without ?? this.#without;
    if (without !== undefined || this.#free <= this.#reserve) return without;
    const [more] = this.#more;
    return more;
  }

  #grant(lease: Lease): void {
    const { owner, taker } = lease;
    // Behind the others, for its next turn.
    this.#leave(lease);
    const granted = taker.wants(lease.unused + lease.inUse) > 0;
    if (granted) {
      if (lease.unused === 0) lease.movedAt = performance.now();
      lease.unused += 1;
      this.#promised += 1;
      owner.held += 1;
    }
    this.#review(lease);
    if (granted) taker.onGrant(1);
  }

  #withdrawPromises(lease: Lease): void {
    this.#promised -= lease.unused;
    lease.owner.held -= lease.unused;
    lease.unused = 0;
  }

  /** Some hold nothing and want something: only for them is anything taken from others. */
  get #starving(): boolean {
    return this.#waiting.size > 0 || this.#without.size > 0;
  }

  #watch(): void {
    if (!this.#starving) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    } else {
      this.#timer ??= setInterval(() => this.#onTick(), this.#timing.tick).unref();
    }
  }

  #onTick(): void {
    const now = performance.now();
    for (const lease of [...this.#leases]) {
      if (lease.unused > 0 && now - lease.movedAt >= this.#timing.unusedGrant) this.#takeBack(lease);
    }
    this.#endTurns(now);
    for (const owner of new Set([...this.#leases].map((lease) => lease.owner))) this.#evictSlow(owner, now);
    for (const [filler, watch] of [...this.#eager]) {
      if (this.#starving && watch.tooSlow(filler.filling() ?? 0, now)) filler.onRevoke();
    }
    for (const owner of [...this.#waiting]) {
      if (now - owner.waitingSince! < this.#timing.floorWait) break;
      for (const lease of [...owner.without]) lease.taker.onBusy();
    }
  }

  /** Each that has nothing gets the slot of one that loses nothing by it. */
  #endTurns(now: number): void {
    let needed = this.#without.size;
    for (const lease of [...this.#leases]) {
      if (needed === 0) return;
      const { taker, movedAt } = lease;
      if (!taker.givesWay || taker.filling() === undefined || now - movedAt < this.#timing.turn) continue;
      this.#takeBack(lease);
      needed -= 1;
    }
  }

  /**
   * Chunks of one connection share its line: many at once are all slow. The one that has come furthest stays as long as
   * there are others to give way, or a slow line would begin every chunk and finish none.
   */
  #evictSlow({ leases }: Owner, now: number): void {
    const filling = [...leases]
      .map((lease) => ({ lease, bytes: lease.taker.filling() ?? -1 }))
      .filter(({ bytes }) => bytes >= 0)
      .sort((a, b) => b.bytes - a.bytes);
    const slow = filling.filter(({ lease, bytes }) => lease.fill.tooSlow(bytes, now));
    for (const { lease } of slow) {
      if (filling.length === 1 || lease !== filling[0]!.lease) this.#takeBack(lease);
    }
  }

  /** What was granted and not used, and the chunk that is filling, go back for others that have nothing. */
  #takeBack(lease: Lease): void {
    if (!this.#starving) return;
    // Before the taker gives its slot back: it must not be promised that same slot again.
    this.#leave(lease);
    this.#withdrawPromises(lease);
    lease.taker.onRevoke();
    this.ask(lease);
  }
}

function keep<T>(set: Set<T>, item: T, belongs: boolean): void {
  if (belongs) set.add(item);
  else set.delete(item);
}
