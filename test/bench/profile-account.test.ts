import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import t from 'tap';
import { accountFor } from '../../bench/profile/account.js';
import { percentile } from '../../bench/profile/percentile.js';
import { feed, recordedBytes, smallFrames } from '../../bench/profile/stages/recorded.js';
import { STAGES } from '../../bench/profile/stages/index.js';
import { threadUsage } from '../../bench/profile/thread-usage.js';
import { FrameDecoder } from '../../protocol/decoder.js';

const spread = { min: 0, median: 0, max: 0 };

function cost(name: string, main: number, others: number, helpers = 0) {
  return { name, per: 'GiB' as const, usage: { main, others, helpers }, total: spread };
}

t.test('stages are added up on the threads where they run, and the rest is unexplained', (t) => {
  const costs = [
    cost('socket read', 4, 1),
    cost('parse', 1, 0, 2),
    cost('hand-over, 4 chunks a call', 2, 3),
    cost('digest blake3', 8, 0),
    cost('write', 16, 0),
    cost('read', 1_000, 0),
  ];
  const whole = { work: 'put one', end: 'server', usage: { main: 10, others: 20, helpers: 3 } } as const;
  const { stages, sum, unexplained, per } = accountFor(whole, costs);
  t.equal(per, 'GiB');
  t.same(
    stages.map(({ name }) => name),
    ['socket read', 'parse', 'hand-over, 4 chunks a call', 'digest blake3', 'write'],
  );
  t.same(sum, { main: 8, others: 27, helpers: 2 });
  t.same(unexplained, { main: 2, others: -7, helpers: 1 });
  t.end();
});

t.test('every stage that a transfer is made of is measured', (t) => {
  const costs = STAGES.map(({ name }) => cost(name, 1, 0));
  const usage = { main: 0, others: 0, helpers: 0 };
  const counts = (['put one', 'get one', 'put small', 'get small'] as const).flatMap((work) =>
    (['server', 'client'] as const).map((end) => accountFor({ work, end, usage }, costs).stages.length),
  );
  t.same(counts, [5, 3, 4, 4, 7, 5, 7, 7]);
  t.equal(new Set(STAGES.map(({ name }) => name)).size, STAGES.length, 'names are unique');
  t.end();
});

t.test('recorded frames reach the decoder as they were, whatever its views', (t) => {
  const frames = smallFrames(4_096, 40);
  const heard: string[] = [];
  const place = new Uint8Array(4_096);
  const decoder = new FrameDecoder({
    onFrame: ({ name }) => heard.push(name),
    onData: ({ name }) => {
      heard.push(name);
      return place;
    },
    onPayload: () => heard.push('payload'),
  });
  feed(decoder, frames);
  t.same(heard, Array.from({ length: 40 }, () => ['put', 'data', 'payload']).flat());
  t.ok(decoder.atBoundary);
  // A DATA head is 20 bytes and its meta of 40; both frames' heads and the payload.
  t.equal(recordedBytes(smallFrames(4_096, 1)), frames[0]!.head.length + 60 + 4_096);
  t.end();
});

t.test('percentiles', (t) => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
  t.equal(percentile(hundred, 99), 99);
  t.equal(percentile(hundred, 50), 50);
  t.equal(percentile([7], 99), 7);
  t.equal(percentile([2, 1], 99), 2);
  t.end();
});

t.test('asynchronous work counts for the other threads', { skip: process.platform !== 'linux' }, async (t) => {
  // The main thread only starts and waits. As many rounds as cost a multiple of what a start does on the slowest Node.
  const script = `
    require('node:crypto').pbkdf2('a', 'b', 3_000_000, 32, 'sha512', () => process.send('done'));
    process.on('message', () => process.exit());`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  await once(child, 'message');
  const { main, others, helpers } = await threadUsage(child.pid!);
  child.send('end');
  await once(child, 'exit');
  t.ok(others > main, `${others} s in the pool, ${main} s in the main thread`);
  t.ok(others > helpers);
});
