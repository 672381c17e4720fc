import t from 'tap';
import { Slab } from '../../lib/workers/slab.js';

const MIB = 1_048_576;

t.test('slots are disjoint pieces of one shared memory', (t) => {
  const slab = new Slab(3);
  t.equal(slab.buffer.byteLength, 3 * MIB);
  slab.slots.forEach(({ index, bytes }) => bytes.fill(index + 1));
  t.same(
    slab.slots.map(({ bytes }) => [bytes.length, bytes[0], bytes[MIB - 1]]),
    [
      [MIB, 1, 1],
      [MIB, 2, 2],
      [MIB, 3, 3],
    ],
  );
  t.end();
});

t.test('shares have slots of their own, and never more than there are', (t) => {
  const slab = new Slab(5);
  const uploads = slab.share(3);
  const downloads = slab.share(2);
  t.equal(uploads.capacity, 3);
  t.equal(slab.unshared, 0);
  t.throws(() => slab.share(1), RangeError);
  t.throws(() => new Slab(0), RangeError);
  const taken = [uploads, uploads, uploads, uploads, downloads, downloads, downloads].map(
    (share) => share.take()?.index,
  );
  t.same(
    taken.filter((index) => index !== undefined).sort(),
    [0, 1, 2, 3, 4],
    'each slot went to one owner; the fourth and third takes got none',
  );
  t.equal(taken[3], undefined);
  t.equal(uploads.free, 0);
  t.end();
});

t.test('the slot that came back last goes out first', (t) => {
  const share = new Slab(4).share(4);
  const [first, second] = [share.take()!, share.take()!];
  share.give(second);
  share.give(first);
  t.equal(share.take(), first);
  t.equal(share.take(), second);
  t.end();
});

t.test('a slot is given back once, and to its own share', (t) => {
  const slab = new Slab(2);
  const [one, other] = [slab.share(1), slab.share(1)];
  const slot = one.take()!;
  t.throws(() => other.give(slot));
  one.give(slot);
  t.throws(() => one.give(slot));
  t.throws(() => other.give(slab.slots[1]!), 'never taken');
  t.equal(one.free, 1);
  t.end();
});
