import t from 'tap';
import { CHUNK_SIZE, chunkCount, chunkLength, FragmentOrder } from '../../protocol/index.js';
import { vectors } from '../fixtures/vectors.js';

for (const { name, size, steps } of vectors('fragments')) {
  t.test(name, (t) => {
    const order = new FragmentOrder(size ?? undefined);
    for (const step of steps) {
      if ('reset' in step) {
        order.reset();
        continue;
      }
      const { offset, length, last, error, ...place } = step;
      const accept = () => order.accept(offset, length, last);
      if (error !== undefined) t.throws(accept, { name: 'ProtocolError', code: error });
      else t.strictSame(accept(), { ...place, last });
    }
    t.end();
  });
}

t.test('a file is a row of chunks, the last is the rest (P-6.1)', (t) => {
  t.equal(chunkCount(0), 0);
  t.equal(chunkCount(1), 1);
  t.equal(chunkCount(CHUNK_SIZE), 1);
  t.equal(chunkCount(CHUNK_SIZE + 1), 2);
  t.equal(chunkCount(Number.MAX_SAFE_INTEGER), 2 ** 33);
  t.equal(chunkLength(CHUNK_SIZE + 1, 0), CHUNK_SIZE);
  t.equal(chunkLength(CHUNK_SIZE + 1, 1), 1);
  t.equal(chunkLength(2 * CHUNK_SIZE, 1), CHUNK_SIZE);
  t.end();
});
