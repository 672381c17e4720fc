import { FLOOR_WAIT_TIMEOUT, UNUSED_GRANT_TIMEOUT } from '../../protocol/limits.js';
import type { Slot } from '../storage/store.js';
import type { SlotShare } from '../workers/slab.js';

/** An upload that asks for memory. Its methods are called by UploadSlots only. */
export interface SlotTaker {
  /** How many more chunks it would take now, given how many it holds. */
  wants(held: number): number;
  /** `chunks` more may be sent: memory is set aside for each. */
  onGrant(chunks: number): void;
  /** What was granted and not used is taken back (P-5.6); the taker wants nothing until it says so again. */
  onRevoke(): void;
  /** Bytes that arrived in the chunk that is filling; undefined when none is. */
  filling(): number | undefined;
  /** The filling chunk's slot is needed elsewhere: the taker gives it back and takes a new epoch. */
  onEvict(): void;
  /** No memory became free in time. The taker ends. */
  onBusy(): void;
}

/** Milliseconds, and bytes per second. Tests shorten them. */
export interface SlotTiming {
  readonly floorWait: number;
  readonly unusedGrant: number;
  /** A chunk that fills slower than this is evicted while others wait. */
  readonly minFillRate: number;
  /** How often waiting is looked at. */
  readonly tick: number;
}

export const DEFAULT_SLOT_TIMING: SlotTiming = {
  floorWait: FLOOR_WAIT_TIMEOUT,
  unusedGrant: UNUSED_GRANT_TIMEOUT,
  minFillRate: 65_536,
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
  /** The filling chunk when it was last looked at. */
  fill: { at: number; bytes: number } | null;
}

/** A connection's account: all its uploads share one floor. */
export interface Owner {
  held: number;
  readonly leases: Set<Lease>;
  /** Since when it waits for its floor; undefined when it doesn't. */
  waitingSince: number | undefined;
}

/**
 * Shares the upload slots among connections (P-5.8). Each connection that wants credit has a floor of one slot; what is left beyond a small
 * reserve goes round among all uploads that want more. Unused grants and slow chunks are taken back only while
 * others wait, and only after a grant was given can memory be asked for: a granted slot is always there.
 */
export class UploadSlots {
  readonly #share: SlotShare;
  readonly #timing: SlotTiming;
  /** Slots that are promised and not taken yet. */
  #promised = 0;
  /** Connections without a slot, in order of arrival. */
  readonly #waiting: Owner[] = [];
  /** Uploads that want more than they hold, in the order of their turns. */
  readonly #hungry: Lease[] = [];
  readonly #leases = new Set<Lease>();
  #timer: NodeJS.Timeout | undefined;
  #distributing = false;

  constructor(share: SlotShare, timing: SlotTiming = DEFAULT_SLOT_TIMING) {
    this.#share = share;
    this.#timing = timing;
  }

  createOwner(): Owner {
    return { held: 0, leases: new Set(), waitingSince: undefined };
  }

  open(owner: Owner, taker: SlotTaker): Lease {
    const lease: Lease = { taker, owner, unused: 0, inUse: 0, movedAt: performance.now(), fill: null };
    owner.leases.add(lease);
    this.#leases.add(lease);
    return lease;
  }

  /** Ends a lease: its promises are void. Slots in use are still given back one by one. */
  close(lease: Lease): void {
    lease.owner.leases.delete(lease);
    this.#leases.delete(lease);
    remove(this.#hungry, lease);
    this.#withdrawPromises(lease);
    this.#review(lease.owner);
    this.#distribute();
  }

  /** The taker may want more than before. */
  ask(lease: Lease): void {
    if (!this.#leases.has(lease)) return;
    if (lease.taker.wants(lease.unused + lease.inUse) > 0 && !this.#hungry.includes(lease)) this.#hungry.push(lease);
    this.#review(lease.owner);
    this.#distribute();
  }

  /** A granted chunk's first fragment is here. Only when the lease has an unused grant. */
  take(lease: Lease): Slot {
    const slot = this.#share.take();
    if (slot === undefined || lease.unused === 0) throw new Error('a slot was taken that had not been promised');
    lease.unused -= 1;
    this.#promised -= 1;
    lease.inUse += 1;
    lease.movedAt = performance.now();
    lease.fill = null;
    return slot;
  }

  give(lease: Lease, slot: Slot): void {
    this.#share.give(slot);
    lease.inUse -= 1;
    lease.owner.held -= 1;
    this.ask(lease);
    this.#review(lease.owner);
    this.#distribute();
  }

  /** Voids the lease's unused grants: the taker begins a new epoch by itself. */
  withdraw(lease: Lease): void {
    this.#withdrawPromises(lease);
    this.#distribute();
  }

  /** A slot that nobody was promised, for eager files; undefined when there is none, or others wait. */
  takeSpare(): Slot | undefined {
    if (this.#free < 1 || this.#waiting.length > 0) return undefined;
    return this.#share.take();
  }

  giveSpare(slot: Slot): void {
    this.#share.give(slot);
    this.#distribute();
  }

  get #free(): number {
    return this.#share.free - this.#promised;
  }

  /** Kept back from windows beyond the floor, so that a new connection and eager files find room at once. */
  get #reserve(): number {
    return this.#share.capacity >> 3;
  }

  /** Enters a connection in the queue for floors, or takes it out. */
  #review(owner: Owner): void {
    const wants = owner.held === 0 && [...owner.leases].some((lease) => lease.taker.wants(0) > 0);
    if (wants === (owner.waitingSince !== undefined)) return;
    if (wants) {
      owner.waitingSince = performance.now();
      this.#waiting.push(owner);
    } else {
      owner.waitingSince = undefined;
      remove(this.#waiting, owner);
    }
  }

  #distribute(): void {
    // A grant makes a taker send frames, which may bring it back here.
    if (this.#distributing) return;
    this.#distributing = true;
    while (this.#free > 0 && this.#grantOne());
    this.#distributing = false;
    this.#watch();
  }

  #grantOne(): boolean {
    const [owner] = this.#waiting;
    if (owner !== undefined) {
      const lease = this.#hungry.find((hungry) => hungry.owner === owner);
      if (lease === undefined) throw new Error('a connection waits for a floor without wanting one');
      this.#grant(lease);
      return true;
    }
    const lease = this.#hungry[0];
    if (lease === undefined || (this.#free <= this.#reserve && lease.unused + lease.inUse > 0)) return false;
    this.#grant(lease);
    return true;
  }

  #grant(lease: Lease): void {
    remove(this.#hungry, lease);
    if (lease.unused === 0) lease.movedAt = performance.now();
    lease.unused += 1;
    this.#promised += 1;
    lease.owner.held += 1;
    this.#review(lease.owner);
    if (lease.taker.wants(lease.unused + lease.inUse) > 0) this.#hungry.push(lease);
    lease.taker.onGrant(1);
  }

  #withdrawPromises(lease: Lease): void {
    this.#promised -= lease.unused;
    lease.owner.held -= lease.unused;
    lease.unused = 0;
  }

  /** Uploads that hold nothing and want something: only for them is anything taken from others. */
  get #starving(): boolean {
    return this.#waiting.length > 0 || this.#hungry.some((lease) => lease.unused + lease.inUse === 0);
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
      if (!this.#starving) break;
      if (lease.unused > 0 && now - lease.movedAt >= this.#timing.unusedGrant) this.#revoke(lease);
      else if (this.#fillsSlowly(lease, now)) lease.taker.onEvict();
    }
    for (const owner of [...this.#waiting]) {
      if (now - owner.waitingSince! < this.#timing.floorWait) break;
      for (const lease of [...owner.leases]) lease.taker.onBusy();
    }
    this.#distribute();
  }

  #revoke(lease: Lease): void {
    this.#withdrawPromises(lease);
    remove(this.#hungry, lease);
    lease.taker.onRevoke();
    this.#review(lease.owner);
  }

  #fillsSlowly(lease: Lease, now: number): boolean {
    const bytes = lease.taker.filling();
    if (bytes === undefined) {
      lease.fill = null;
      return false;
    }
    const before = (lease.fill ??= { at: now, bytes });
    const elapsed = now - before.at;
    if (elapsed < this.#timing.unusedGrant) return false;
    lease.fill = { at: now, bytes };
    return (bytes - before.bytes) * 1000 < this.#timing.minFillRate * elapsed;
  }
}

function remove<T>(list: T[], item: T): void {
  const at = list.indexOf(item);
  if (at >= 0) list.splice(at, 1);
}
