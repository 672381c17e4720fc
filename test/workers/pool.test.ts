import process from 'node:process';
import t from 'tap';
import { Pool, siblingModule, type Runtime } from '../../lib/workers/pool.js';
import { Slab } from '../../lib/workers/slab.js';
import type { EchoTasks } from './echo-tasks.js';

const slab = new Slab(1);

function startPool(
  t: { teardown(fn: () => unknown): void },
  runtime: Runtime,
  workers = 1,
  queueLimit?: number,
): Pool<EchoTasks> {
  const pool = new Pool<EchoTasks>({
    entry: siblingModule('echo-worker', import.meta.url),
    runtime,
    workers,
    config: { greeting: 'grüezi' },
    slab: slab.buffer,
    queueLimit,
  });
  t.teardown(() => pool.close());
  return pool;
}

for (const runtime of ['threads', 'processes'] as const) {
  // Workers take a second to start where TypeScript is compiled on the way: one pool serves several tests.
  t.test(runtime, (t) => {
    const pool = startPool(t, runtime);

    t.test('values and bytes cross both ways', async (t) => {
      const bytes = new Uint8Array(slab.buffer, 10, 1000).fill(7);
      const input = { text: 'ä', n: 2 ** 53 - 1, none: undefined, bytes };
      const answer = (await pool.run('echo', input)) as { bytes: Uint8Array };
      t.match(answer, { text: 'ä', n: 2 ** 53 - 1 });
      t.same(Buffer.from(answer.bytes), Buffer.alloc(1000, 7));
    });

    t.test('a worker does not look up its memory for a report that nobody reads', async (t) => {
      t.equal(await pool.run('heap', null), 0);
      t.ok(process.memoryUsage().heapUsed > 0, 'here it is as ever');
    });

    t.test('the configuration reaches the workers, shared memory threads only', async (t) => {
      const shared = runtime === 'threads';
      t.same(await pool.run('setup', null), {
        config: { greeting: 'grüezi' },
        slabBytes: shared ? slab.buffer.byteLength : 0,
      });
      slab.slots[0]!.bytes.fill(1);
      await pool.run('fill', { value: 9 });
      t.equal(slab.slots[0]!.bytes[5], shared ? 9 : 1);
    });

    t.test('errors keep their code', async (t) => {
      const full = { name: 'ProtocolError', code: 'no-space', message: 'as asked' };
      await t.rejects(pool.run('fail', { code: 'no-space' }), full);
      await t.rejects(pool.run('fail', { code: 'never heard of' }), { code: 'internal' });
      t.equal(await pool.run('echo', 1), 1, 'the worker goes on');
    });

    t.test('close waits for what was asked for, and refuses the rest', async (t) => {
      const calls = Array.from({ length: 40 }, (_, index) => pool.run('echo', index));
      let settled = 0;
      for (const call of calls) void call.then(() => settled++);
      const closed = pool.close();
      await t.rejects(pool.run('echo', 1), { code: 'shutting-down' });
      await closed;
      t.equal(settled, 40);
      t.equal(pool.unfinished, 0);
      await pool.close();
    });
    t.end();
  });
}

t.test('a full queue makes callers wait, in order', async (t) => {
  const pool = startPool(t, 'threads', 1, 2);
  const gate = new Int32Array(new SharedArrayBuffer(4));
  const first = pool.run('wait', { gate: gate.buffer, index: 0 });
  const rest = Array.from({ length: 50 }, (_, index) => pool.run('wait', { index: index + 1 }));
  t.equal(pool.unfinished, 51);
  Atomics.store(gate, 0, 1);
  Atomics.notify(gate, 0);
  await first;
  const orders = await Promise.all(rest);
  t.same(
    orders.at(-1),
    Array.from({ length: 51 }, (_, index) => index),
  );
});

t.test('the death of a worker fails its tasks, and another takes its place', async (t) => {
  const pool = startPool(t, 'processes');
  await t.rejects(pool.run('die', null), { code: 'internal' });
  t.equal(await pool.run('echo', 'again'), 'again');
});

t.test('a pool that was closed keeps nothing of the process alive', async (t) => {
  const held = (): string[] => process.getActiveResourcesInfo().filter((name) => /process|worker|message/i.test(name));
  const before = held();
  for (const runtime of ['threads', 'processes'] as const) {
    const pool = startPool(t, runtime);
    await pool.run('echo', 1);
    await pool.close();
    // Ports finish closing in the loop's next turn.
    await new Promise(setImmediate);
    t.same(held(), before, runtime);
  }
});
