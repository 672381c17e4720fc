import t from 'tap';
import { ChunkPool } from '../../lib/client/chunk-pool.js';

t.test('no more is set aside than there is; who waits is served in order', (t) => {
  const pool = new ChunkPool(2);
  t.ok(pool.reserve());
  t.ok(pool.reserve());
  t.notOk(pool.reserve());
  const served: string[] = [];
  pool.wait(() => served.push('first'));
  const giveUp = pool.wait(() => served.push('second'));
  pool.wait(() => served.push('third'));
  const buffer = pool.take();
  t.equal(buffer.length, 1_048_576);
  giveUp();
  pool.give(buffer);
  t.same(served, ['first']);
  t.notOk(pool.reserve(), 'others wait');
  pool.release();
  t.same(served, ['first', 'third']);
  t.equal(pool.take(), buffer, 'the one given back last is used first');
  pool.release();
  pool.give(buffer);
  t.equal(pool.reserved, 0);
  t.end();
});

t.test('what was promised already is set aside beyond the limit, and held against all who come later', (t) => {
  const pool = new ChunkPool(1);
  t.ok(pool.reserve());
  pool.overdraw();
  pool.release();
  t.notOk(pool.reserve());
  pool.release();
  t.ok(pool.reserve());
  t.end();
});
