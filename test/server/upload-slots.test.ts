import fc from 'fast-check';
import t from 'tap';
import { type Lease, type Owner, type SlotTaker, type SlotTiming, UploadSlots } from '../../lib/server/upload-slots.js';
import { type Slot, SlotShare } from '../../lib/workers/slab.js';

/** Time is up at the first look. */
const AT_ONCE: SlotTiming = { floorWait: 1e9, unusedGrant: 0, minFillRate: 1_000, turn: 0, tick: 1 };
/** Nothing is ever taken back. */
const NEVER: SlotTiming = { floorWait: 1e9, unusedGrant: 1e9, minFillRate: 1_000, turn: 1e9, tick: 1e6 };

// The slots' own timer keeps no process alive.
const alive = setInterval(() => undefined, 1e6);
t.teardown(() => clearInterval(alive));

const shareOf = (capacity: number): SlotShare =>
  new SlotShare(Array.from({ length: capacity }, (_, index) => ({ index, bytes: new Uint8Array(0) })));

/** An upload that wants what it is told to want. */
class Taker implements SlotTaker {
  readonly lease: Lease;
  readonly slots: Slot[] = [];
  /** Bytes in the chunk that is filling, the first of `slots`. */
  bytes: number | undefined;
  granted = 0;
  busy = 0;
  revoked = 0;
  onEvent: () => void = () => undefined;
  #want = 0;

  constructor(
    readonly pool: UploadSlots,
    readonly owner: Owner = pool.createOwner(),
    readonly grants: Taker[] = [],
  ) {
    this.lease = pool.open(owner, this);
  }

  get held(): number {
    return this.lease.unused + this.lease.inUse;
  }

  want(chunks: number): this {
    this.#want = chunks;
    this.pool.ask(this.lease);
    return this;
  }

  /** Begins a granted chunk. */
  take(): void {
    this.slots.push(this.pool.take(this.lease));
  }

  give(): void {
    this.bytes = undefined;
    this.pool.give(this.lease, this.slots.shift()!);
  }

  close(): void {
    this.#want = 0;
    this.pool.close(this.lease);
    while (this.slots.length > 0) this.give();
  }

  wants(held: number): number {
    return this.#want - held;
  }

  onGrant(chunks: number): void {
    this.granted += chunks;
    this.grants.push(this);
  }

  filling(): number | undefined {
    return this.bytes;
  }

  onRevoke(): void {
    this.revoked += 1;
    this.#want = 0;
    if (this.bytes !== undefined) this.give();
    this.onEvent();
  }

  onBusy(): void {
    this.busy += 1;
    this.close();
    this.onEvent();
  }

  /** Resolves at the next revoke or busy. */
  event(): Promise<void> {
    return new Promise((resolve) => (this.onEvent = resolve));
  }
}

t.test('connections without a slot get theirs in the order they came', (t) => {
  const slots = new UploadSlots(shareOf(2), NEVER);
  const grants: Taker[] = [];
  const takers = Array.from({ length: 6 }, () => new Taker(slots, slots.createOwner(), grants).want(1));
  t.same(grants, takers.slice(0, 2));
  takers[4]!.close();
  for (const first of takers.slice(0, 2)) {
    first.take();
    first.want(0);
    first.give();
  }
  t.same(grants, takers.slice(0, 4));
  for (const taker of takers) taker.close();
  t.end();
});

t.test('the uploads of one connection share its floor, turn by turn', (t) => {
  const slots = new UploadSlots(shareOf(2), NEVER);
  const other = new Taker(slots).want(1);
  const grants: Taker[] = [];
  const owner = slots.createOwner();
  const takers = Array.from({ length: 3 }, () => new Taker(slots, owner, grants).want(1));
  for (let i = 0; i < 6; i++) {
    const turn = grants.at(-1)!;
    t.equal(turn, takers[i % 3]);
    turn.take();
    turn.give();
  }
  for (const taker of [other, ...takers]) taker.close();
  t.end();
});

t.test('windows beyond the first slot leave a reserve, which those without a slot may use', (t) => {
  const slots = new UploadSlots(shareOf(16), NEVER);
  const owner = slots.createOwner();
  const greedy = new Taker(slots, owner).want(100);
  t.equal(greedy.held, 14);
  const sibling = new Taker(slots, owner).want(5);
  t.equal(sibling.held, 1, 'although the greedy one asked before it');
  t.equal(new Taker(slots).want(5).held, 1);
  t.end();
});

t.test('who wants less than before gets no more', (t) => {
  const slots = new UploadSlots(shareOf(1), NEVER);
  const first = new Taker(slots).want(1);
  const second = new Taker(slots).want(1);
  second.want(0);
  first.close();
  t.equal(second.granted, 0);
  t.equal(first.want(1).granted, 1, 'a lease that is closed gets nothing');
  t.equal(new Taker(slots).want(1).granted, 1);
  t.end();
});

t.test('unused grants stay while nobody lacks any', async (t) => {
  const slots = new UploadSlots(shareOf(4), AT_ONCE);
  const idle = new Taker(slots).want(3);
  const late = new Taker(slots).want(2);
  // 4 slots are promised; both have one at least. Nothing ticks, or the revoke would come before the close below.
  t.equal(idle.held + late.held, 4);
  const third = new Taker(slots);
  await new Promise((resolve) => setImmediate(resolve));
  t.equal(idle.revoked + late.revoked, 0);
  third.want(1);
  await idle.event();
  t.equal(third.granted, 1);
  t.equal(late.revoked, 0, 'no more is taken back than is needed');
  for (const taker of [idle, late, third]) taker.close();
});

t.test('a chunk that does not fill is taken back for others, a second time too', async (t) => {
  const slots = new UploadSlots(shareOf(1), AT_ONCE);
  const slow = new Taker(slots).want(1);
  const other = new Taker(slots);
  for (let round = 1; round <= 2; round++) {
    slow.take();
    slow.bytes = 100;
    other.want(1);
    await slow.event();
    t.equal(other.granted, round);
    other.take();
    slow.want(1);
    other.want(0);
    other.give();
    t.equal(slow.lease.unused, 1);
  }
  for (const taker of [slow, other]) taker.close();
});

t.test('of a connection whose chunks are all slow, the one that has come furthest goes last', async (t) => {
  const slots = new UploadSlots(shareOf(3), AT_ONCE);
  const owner = slots.createOwner();
  const takers = [10, 900, 300].map((bytes) => {
    const taker = new Taker(slots, owner).want(1);
    taker.take();
    taker.bytes = bytes;
    return taker;
  });
  const order: number[] = [];
  takers.forEach((taker, i) => (taker.onEvent = () => order.push(i)));
  const others = Array.from({ length: 3 }, () => new Taker(slots));
  for (const other of others) {
    other.want(1);
    while (other.granted === 0) await new Promise((resolve) => setImmediate(resolve));
    other.take();
  }
  t.equal(order.at(-1), 1);
  for (const taker of [...takers, ...others]) taker.close();
});

t.test('who waits for too long is told busy; its uploads that want nothing are not', async (t) => {
  const slots = new UploadSlots(shareOf(1), { ...NEVER, floorWait: 0, tick: 1 });
  const holder = new Taker(slots).want(1);
  const owner = slots.createOwner();
  const [content, hungry] = [new Taker(slots, owner), new Taker(slots, owner)];
  hungry.want(1);
  await hungry.event();
  t.equal(hungry.busy, 1);
  t.equal(content.busy, 0);
  t.equal(holder.busy, 0);
});

t.test('a slot that is not promised can not be taken, and none is lost by trying', (t) => {
  const share = shareOf(1);
  const slots = new UploadSlots(share, NEVER);
  const taker = new Taker(slots);
  t.throws(() => taker.take(), /promised/);
  t.equal(share.free, 1);
  t.end();
});

t.test('spare slots: none that was promised, and given back they serve who waits', (t) => {
  const slots = new UploadSlots(shareOf(2), NEVER);
  const holder = new Taker(slots).want(1);
  const spare = slots.takeSpare()!;
  t.ok(spare);
  t.equal(slots.takeSpare(), undefined);
  const waiting = new Taker(slots).want(1);
  t.equal(waiting.granted, 0);
  slots.giveSpare(spare);
  t.equal(waiting.granted, 1);
  holder.close();
  waiting.close();
  t.end();
});

t.test('never more than the share, and nobody is without while slots are free, whatever happens', (t) => {
  const who = fc.nat(7);
  const step = fc.oneof(
    fc.record({ do: fc.constant('want' as const), who, chunks: fc.nat(4) }),
    fc.record({ do: fc.constantFrom('take' as const, 'give' as const, 'close' as const), who }),
    fc.record({ do: fc.constantFrom('spare' as const, 'unspare' as const) }),
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10 }), fc.array(step, { maxLength: 80 }), (capacity, steps) => {
      const share = shareOf(capacity);
      const slots = new UploadSlots(share, NEVER);
      const owners = Array.from({ length: 4 }, () => slots.createOwner());
      const takers = Array.from({ length: 8 }, (_, i) => new Taker(slots, owners[i % 4]));
      const spare: Slot[] = [];
      for (const next of steps) {
        if (next.do === 'spare') {
          const slot = slots.takeSpare();
          if (slot !== undefined) spare.push(slot);
        } else if (!('who' in next)) {
          if (spare.length > 0) slots.giveSpare(spare.pop()!);
        } else {
          const taker = takers[next.who]!;
          if (next.do === 'want') taker.want(next.chunks);
          else if (next.do === 'take' && taker.lease.unused > 0) taker.take();
          else if (next.do === 'give' && taker.slots.length > 0) taker.give();
          else if (next.do === 'close') {
            taker.close();
            takers[next.who] = new Taker(slots, owners[next.who % 4]);
          }
        }
        const promised = takers.reduce((sum, { lease }) => sum + lease.unused, 0);
        const used = takers.reduce((sum, { lease }) => sum + lease.inUse, 0) + spare.length;
        if (used !== capacity - share.free) throw new Error(`${used} slots are in use, ${share.free} free`);
        if (promised > share.free) throw new Error(`${promised} promised, ${share.free} free`);
        const without = takers.filter((taker) => taker.held === 0 && taker.wants(0) > 0);
        if (promised < share.free && without.length > 0) throw new Error('one has nothing while slots are free');
        for (const owner of owners) {
          const held = takers.filter((taker) => taker.owner === owner).reduce((sum, taker) => sum + taker.held, 0);
          if (held !== owner.held) throw new Error(`a connection holds ${held}, its account says ${owner.held}`);
        }
      }
      for (const taker of takers) taker.close();
      for (const slot of spare) slots.giveSpare(slot);
      return share.free === capacity;
    }),
    { numRuns: 500 },
  );
  t.end();
});
