import t from 'tap';
import { ChunkSet } from '../../lib/storage/disk/chunk-set.js';

t.test('one bit each, wherever the chunk is', (t) => {
  const set = new ChunkSet();
  const chunks = [0, 1, 7, 8, 9, 4_095, 4_096, 4_103, 1_048_576, 2 ** 33 - 1];
  for (const chunk of chunks) {
    t.notOk(set.has(chunk));
    set.add(chunk);
    set.add(chunk);
    t.ok(set.has(chunk));
  }
  t.equal(set.count, chunks.length);
  for (const chunk of [2, 6, 10, 4_094, 4_097, 8_192, 1_048_575, 2 ** 33 - 2]) t.notOk(set.has(chunk));
  t.end();
});
