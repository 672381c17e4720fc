import { openSync, readdirSync, readSync } from 'node:fs';
import process from 'node:process';
import t from 'tap';
import { Passage } from '../../lib/workers/passage.js';
import { openDescriptors } from '../storage/disk-fixture.js';

const MIB = 1_048_576;
const passage = (): Passage => {
  const opened = Passage.open(1);
  if (opened === undefined) throw new Error('no /dev/shm here');
  return opened;
};

t.test('a place is its taker’s alone, and who finds none waits in turn', async (t) => {
  const under = passage();
  t.teardown(() => under.close());
  const five = await under.take(5);
  const three = await under.take(4);
  t.equal(three.length, 3, 'what there is');
  t.same([...five, ...three].sort(), [0, 1, 2, 3, 4, 5, 6, 7]);
  const order: string[] = [];
  const first = under.take(4).then((places) => (order.push('first'), places));
  const second = under.take(1).then((places) => (order.push('second'), places));
  under.give([]);
  under.give(three.slice(0, 2));
  t.same((await first).sort(), three.slice(0, 2).sort(), 'all that came back, up to its number');
  under.give(three.slice(2));
  t.same(await second, three.slice(2));
  t.same(order, ['first', 'second']);
});

t.test('whoever has its descriptor finds what lies in a place', (t) => {
  const under = passage();
  t.teardown(() => under.close());
  const bytes = Buffer.alloc(MIB, 'content');
  under.write(2, bytes);
  under.write(3, Buffer.from('short'));
  const other = openSync(`/proc/${process.pid}/fd/${under.fd}`, 'r');
  const found = Buffer.alloc(MIB);
  readSync(other, found, 0, MIB, 2 * MIB);
  t.ok(found.equals(bytes));
  const back = Buffer.alloc(5);
  under.read(3, back);
  t.equal(back.toString(), 'short');
  t.throws(() => under.read(8, back), /ends too early/);
  t.end();
});

t.test('it has no name, and is gone with its descriptor', (t) => {
  const names = readdirSync('/dev/shm');
  const before = openDescriptors();
  const under = passage();
  t.same(
    readdirSync('/dev/shm').filter((name) => !names.includes(name) && name.startsWith('sluice-') && name.length === 39),
    [],
  );
  under.close();
  t.equal(openDescriptors(), before);
  t.end();
});
