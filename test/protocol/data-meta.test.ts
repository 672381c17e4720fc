import t from 'tap';
import { encodeDataHead, HEADER_SIZE, readDataMeta } from '../../protocol/index.js';
import { bytesOf, vectors } from '../fixtures/vectors.js';

for (const { name, hex, offset, leaf, error } of vectors('data-meta')) {
  t.test(name, (t) => {
    const frame = bytesOf(hex);
    const meta = frame.subarray(HEADER_SIZE);
    if (error !== undefined) {
      t.throws(() => readDataMeta(meta), { name: 'ProtocolError', code: error });
    } else {
      const read = readDataMeta(meta);
      t.equal(read.offset, offset);
      t.equal(read.leaf && Buffer.from(read.leaf).toString('hex'), leaf ?? undefined);

      const fields = { stream: 1, epoch: 1, offset: offset!, payloadLength: 0, leaf: leaf ? bytesOf(leaf) : undefined };
      t.equal(encodeDataHead(fields).toString('hex'), frame.toString('hex'), 'encoded');
    }
    t.end();
  });
}
