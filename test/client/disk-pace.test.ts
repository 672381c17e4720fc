import * as fs from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { DiskPace, paceOf } from '../../lib/client/disk-pace.js';
import { temporaryFolder } from '../fixtures/server.js';

const QUICK = 0.3;
const SLOW = 40;

/** How many chunks go to other threads before the next is tried in place. */
function rest(pace: DiskPace): number {
  let chunks = 0;
  while (!pace.inPlace) chunks += 1;
  return chunks;
}

t.test('in place as long as the disk answers like memory', (t) => {
  const pace = new DiskPace(true);
  for (let i = 0; i < 100; i++) {
    t.ok(pace.inPlace, `chunk ${i}`);
    pace.took(QUICK);
  }
  t.end();
});

t.test('a slow disk is tried in place more and more rarely', (t) => {
  const pace = new DiskPace(true);
  const rests: number[] = [];
  for (let i = 0; i < 12; i++) {
    pace.took(SLOW);
    rests.push(rest(pace));
  }
  t.ok(
    rests.every((chunks, i) => i === 0 || chunks >= rests[i - 1]!),
    `rests of ${rests.join(', ')} chunks`,
  );
  t.ok(rests[0]! <= 16, 'one slow chunk does not count for long');
  t.equal(rests.at(-1), 1_024, 'the longest');
  t.end();
});

t.test('a disk that has become quick is trusted again', (t) => {
  const pace = new DiskPace(true);
  for (let i = 0; i < 12; i++) {
    rest(pace);
    pace.took(SLOW);
  }
  rest(pace);
  for (let i = 0; i < 200; i++) {
    t.equal(rest(pace), 0);
    pace.took(QUICK);
  }
  pace.took(SLOW);
  t.ok(rest(pace) <= 16, 'the next slow chunk counts as the first');
  t.end();
});

t.test('a disk of another machine is never waited for', (t) => {
  const pace = new DiskPace(false);
  for (let i = 0; i < 5_000; i++) if (pace.inPlace) t.fail(`chunk ${i} in place`);
  t.end();
});

t.test('one pace for each disk', (t) => {
  const folder = temporaryFolder(t);
  const open = (path: string, flags = 'a+'): number => {
    const fd = fs.openSync(path, flags);
    t.teardown(() => fs.closeSync(fd));
    return fd;
  };
  const [one, other] = [open(join(folder, 'one')), open(join(folder, 'other'))];
  t.equal(paceOf(one, join(folder, 'one')), paceOf(other, join(folder, 'other')));
  if (process.platform === 'linux') {
    const proc = open('/proc/self/status', 'r');
    t.equal(paceOf(proc, '/proc/self/status').inPlace, false, 'procfs is no disk of this machine');
  }
  t.end();
});
