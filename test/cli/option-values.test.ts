import t from 'tap';
import { parseCount, parsePort, parseRange, parseSeconds, parseSize } from '../../lib/cli/option-values.js';

t.test('sizes are bytes, KiB, MiB or GiB', (t) => {
  t.equal(parseSize('1'), 1);
  t.equal(parseSize('3KiB'), 3072);
  t.equal(parseSize('256MiB'), 268_435_456);
  t.equal(parseSize('2GiB'), 2_147_483_648);
  for (const bad of ['', '0', '-1', '1.5GiB', '256MB', '256 MiB', '256mib', 'MiB', '1e6', '999999999999999GiB', '٣']) {
    t.throws(() => parseSize(bad), { code: 'commander.invalidArgument' }, JSON.stringify(bad));
  }
  t.end();
});

t.test('ports, counts and seconds', (t) => {
  t.equal(parsePort('0'), 0);
  t.equal(parsePort('65535'), 65_535);
  t.equal(parseCount('1'), 1);
  t.equal(parseSeconds('2.5'), 2500);
  for (const bad of ['', '65536', '-1', '1.5', 'http']) t.throws(() => parsePort(bad), bad);
  for (const bad of ['', '0', '-1', '1.5', 'all']) t.throws(() => parseCount(bad), bad);
  for (const bad of ['', '0', '0.0001', '-1', '1e3', 'Infinity', '99999999999']) t.throws(() => parseSeconds(bad), bad);
  t.end();
});

t.test('ranges are inclusive, and may be open at the end', (t) => {
  t.same(parseRange('0-99'), { first: 0, last: 99 });
  t.same(parseRange('7-7'), { first: 7, last: 7 });
  t.same(parseRange('5-'), { first: 5, last: undefined });
  for (const bad of ['', '-', '-5', '5', '9-8', 'a-b', '1-2-3', '0x1-2', '9007199254740993-']) {
    t.throws(() => parseRange(bad), { code: 'commander.invalidArgument' }, JSON.stringify(bad));
  }
  t.end();
});
