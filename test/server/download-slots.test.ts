import fc from 'fast-check';
import t from 'tap';
import { DownloadSlots, type ReadTiming, type SlotReader } from '../../lib/server/download-slots.js';
import { type Slot, SlotShare } from '../../lib/workers/slab.js';

// The slots' own timer keeps no process alive.
const alive = setInterval(() => undefined, 1e6);
t.teardown(() => clearInterval(alive));

const NEVER: ReadTiming = { minRate: 1_000, window: 1e9, tick: 1e6 };
const AT_ONCE: ReadTiming = { minRate: 1_000, window: 0, tick: 1 };

const shareOf = (capacity: number): SlotShare =>
  new SlotShare(Array.from({ length: capacity }, (_, index) => ({ index, bytes: new Uint8Array(0) })));

class Reader implements SlotReader {
  held = 0;
  taken: number | undefined;
  readonly slots: Slot[] = [];
  onTooSlow: () => void = () => undefined;

  constructor(
    readonly pool: DownloadSlots,
    readonly served: Reader[] = [],
  ) {}

  ask(): boolean {
    return this.pool.request(this);
  }

  onSlot(slot: Slot): void {
    this.slots.push(slot);
    this.served.push(this);
  }

  give(): void {
    this.pool.give(this, this.slots.pop()!);
  }
}

t.test('a connection has two at most, and its second comes after the first of others', (t) => {
  const slots = new DownloadSlots(shareOf(3), NEVER);
  const served: Reader[] = [];
  const [a, b, c] = [new Reader(slots, served), new Reader(slots, served), new Reader(slots, served)];
  t.ok(a.ask());
  t.ok(a.ask());
  t.notOk(a.ask());
  t.ok(b.ask());
  t.ok(b.ask());
  t.ok(c.ask());
  t.same(served, [a, a, b]);
  a.give();
  t.same(served, [a, a, b, c]);
  a.give();
  t.same(served, [a, a, b, c, b]);
  t.end();
});

t.test('a connection that gave back its only slot goes before those that want a second', (t) => {
  const slots = new DownloadSlots(shareOf(2), NEVER);
  const served: Reader[] = [];
  const [a, b] = [new Reader(slots, served), new Reader(slots, served)];
  b.ask();
  b.ask();
  a.ask();
  a.ask();
  b.give();
  t.same(served, [b, b, a]);
  b.ask();
  b.give();
  t.same(served, [b, b, a, b], 'although the other asked for its second before it');
  t.end();
});

t.test('who is forgotten gets nothing, and gives back what it has', (t) => {
  const share = shareOf(1);
  const slots = new DownloadSlots(share, NEVER);
  const [gone, waiting] = [new Reader(slots), new Reader(slots)];
  gone.ask();
  gone.ask();
  waiting.ask();
  slots.forget(gone);
  t.equal(gone.held, 1);
  gone.give();
  t.equal(gone.held, 0);
  t.equal(waiting.slots.length, 1);
  waiting.give();
  t.equal(share.free, 1);
  t.end();
});

t.test('a peer that does not read is cut when another connection has nothing, one that reads is not', async (t) => {
  const slots = new DownloadSlots(shareOf(3), AT_ONCE);
  const [slow, fast, busy, waiting] = Array.from({ length: 4 }, () => new Reader(slots));
  const cut: Reader[] = [];
  for (const reader of [slow!, fast!, busy!]) {
    reader.ask();
    reader.onTooSlow = () => cut.push(reader);
  }
  slow!.taken = 100;
  let taken = 0;
  Object.defineProperty(fast!, 'taken', { get: () => (taken += 1_000_000) });
  const over = new Promise<void>((resolve) => {
    slow!.onTooSlow = () => {
      cut.push(slow!);
      slow!.give();
      resolve();
    };
  });
  await new Promise((resolve) => setImmediate(resolve));
  t.same(cut, [], 'not while nobody waits');
  waiting!.ask();
  await over;
  t.equal(cut.length, 1);
  t.equal(waiting!.slots.length, 1);
});

t.test('no slot is lost, and none lies idle while a connection wants one, whatever happens', (t) => {
  const step = fc.record({ do: fc.constantFrom('ask', 'give', 'forget'), who: fc.nat(4) });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), fc.array(step, { maxLength: 60 }), (capacity, steps) => {
      const share = shareOf(capacity);
      const slots = new DownloadSlots(share, NEVER);
      const readers = Array.from({ length: 5 }, () => new Reader(slots));
      for (const next of steps) {
        const reader = readers[next.who]!;
        if (next.do === 'ask') reader.ask();
        else if (next.do === 'forget') slots.forget(reader);
        else if (reader.slots.length > 0) reader.give();
        const out = readers.reduce((sum, { slots: held }) => sum + held.length, 0);
        if (out !== capacity - share.free) throw new Error('a slot was lost');
        if (share.free > 0 && readers.some(({ held, slots: own }) => held > own.length)) throw new Error('idle slots');
        if (readers.some(({ held }) => held > 2)) throw new Error('more than two');
      }
      return true;
    }),
    { numRuns: 300 },
  );
  t.end();
});
