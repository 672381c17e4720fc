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

t.test('a place is its taker’s alone, and there is an end of them', (t) => {
  const under = passage();
  t.teardown(() => under.close());
  const places = Array.from({ length: 8 }, () => under.take());
  t.equal(new Set(places).size, 8);
  t.notOk(places.includes(undefined));
  t.equal(under.take(), undefined);
  under.give(places[3]);
  under.give(undefined);
  t.equal(under.take(), places[3]);
  t.equal(under.take(), undefined);
  t.end();
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
