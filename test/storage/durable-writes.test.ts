import t from 'tap';
import { ProtocolError } from '../../protocol/errors.js';
import { DurableWrites } from '../../lib/storage/disk/durable-writes.js';

/** A disk whose syncs end when the test says so. */
function slowDisk() {
  const syncs: { done: () => void; fail: (error: Error) => void }[] = [];
  const durable: number[][] = [];
  const failures: Error[] = [];
  const writes = new DurableWrites(
    { bytes: 100, delay: 3_600_000 },
    () => new Promise<void>((done, fail) => syncs.push({ done, fail })),
    (chunks) => durable.push([...chunks]),
    (error) => failures.push(error),
  );
  return { syncs, durable, failures, writes };
}

const turn = (): Promise<void> => new Promise(setImmediate);

t.test('what was written before a sync began is durable after it, and nothing else', async (t) => {
  const { syncs, durable, writes } = slowDisk();
  writes.written(0, 60);
  t.equal(syncs.length, 0);
  writes.written(1, 60);
  t.equal(syncs.length, 1);
  writes.written(2, 60);
  writes.written(3, 60);
  t.equal(syncs.length, 1, 'one at a time');
  syncs[0]!.done();
  await turn();
  t.same(durable, [[0, 1]]);
  t.equal(syncs.length, 2, 'the next follows at once when there is enough');
  syncs[1]!.done();
  await turn();
  t.same(durable, [
    [0, 1],
    [2, 3],
  ]);
  await writes.end();
});

t.test('writers wait when the disk does not keep up', async (t) => {
  const { syncs, writes } = slowDisk();
  await writes.room();
  for (let chunk = 0; chunk < 8; chunk++) writes.written(chunk, 100);
  let free = false;
  const room = writes.room().then(() => (free = true));
  await turn();
  t.notOk(free);
  syncs[0]!.done();
  await room;
  t.ok(free);
  syncs[1]!.done();
  await writes.end();
});

t.test('a failed sync is final', async (t) => {
  const { syncs, durable, failures, writes } = slowDisk();
  writes.written(0, 100);
  writes.written(1, 100);
  syncs[0]!.fail(new ProtocolError('io-error', 'bad sector'));
  await turn();
  t.match(failures, [{ code: 'io-error' }]);
  writes.written(2, 100);
  t.equal(syncs.length, 1, 'it is not tried again');
  t.same(durable, []);
  await writes.end();
});

t.test('the end waits for the sync under way', async (t) => {
  const { syncs, writes } = slowDisk();
  writes.written(0, 100);
  let ended = false;
  const end = writes.end().then(() => (ended = true));
  await turn();
  t.notOk(ended);
  syncs[0]!.done();
  await end;
});

t.test('a little that was written is synced after a while', async (t) => {
  const synced = await new Promise<readonly number[]>((resolve, reject) => {
    const writes = new DurableWrites({ bytes: 100, delay: 1 }, () => Promise.resolve(), resolve, reject);
    writes.written(7, 1);
    // The store's own timer doesn't hold the process.
    const hold = setInterval(() => undefined, 1_000);
    t.teardown(() => clearInterval(hold));
  });
  t.same(synced, [7]);
});
