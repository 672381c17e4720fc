import t from 'tap';
import { hashOf } from '../../lib/workers/digests.js';
import { type Algorithm, CHUNK_SIZE, leafDigest, LeafHasher, LeafList, rootDigest } from '../../protocol/index.js';
import { bytesOf, vectors } from '../fixtures/vectors.js';

const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Chunk `index` of the content that begins with `pattern` and repeats it. */
function chunkOf(pattern: Buffer, size: number, index: number): Buffer {
  const begin = index * CHUNK_SIZE;
  const shift = begin % pattern.length;
  const turned = Buffer.concat([pattern.subarray(shift), pattern.subarray(0, shift)]);
  return Buffer.alloc(Math.min(CHUNK_SIZE, size - begin), turned);
}

for (const { name, algorithm, content, leaves, root } of vectors('digests')) {
  t.test(name, (t) => {
    const hash = hashOf(algorithm);
    const pattern = bytesOf(content.repeat);
    let index = 0;
    for (const { leaf, times } of leaves) {
      // Equal leaves in a row stand for equal chunks: the first and the last of them are enough.
      for (const i of new Set([index, index + times - 1])) {
        const chunk = chunkOf(pattern, content.size, i);
        t.equal(toHex(leafDigest(hash, chunk)), leaf, `leaf ${i}`);
        for (const piece of [1_000, 16_383, 16_384, 65_537, 131_072, CHUNK_SIZE]) {
          const hasher = new LeafHasher(hash);
          for (let filled = 0; filled < chunk.length;) {
            filled = Math.min(chunk.length, filled + piece);
            hasher.advance(chunk.subarray(0, filled), filled);
          }
          t.equal(toHex(hasher.digest(chunk)), leaf, `leaf ${i}, by and by: ${piece}`);
        }
      }
      index += times;
    }
    t.equal(index, Math.ceil(content.size / CHUNK_SIZE));

    const all = leaves.flatMap(({ leaf, times }) => new Array<Buffer>(times).fill(bytesOf(leaf)));
    t.equal(toHex(rootDigest(hash, algorithm, content.size, all)), root, 'root');
    for (const [how, leaves] of Object.entries({
      'one piece': Buffer.concat(all),
      'one of one': [Buffer.concat(all)],
    })) {
      t.equal(toHex(rootDigest(hash, algorithm, content.size, leaves)), root, `root, leaves in ${how}`);
    }
    t.end();
  });
}

t.test('the root depends on algorithm and size, not on the leaves alone', (t) => {
  const leaf = new Uint8Array(32);
  const root = (algorithm: Algorithm, size: number) => toHex(rootDigest(hashOf('sha256'), algorithm, size, [leaf]));
  t.not(root('sha256', 5), root('blake3', 5));
  t.not(root('sha256', 5), root('sha256', 5 + 2 ** 32));
  t.end();
});

t.test('leaves may come in any order, and more than were thought of', (t) => {
  const list = new LeafList();
  t.equal(list.count, 0);
  t.equal(list.bytes.length, 0);
  const leaf = (n: number) => new Uint8Array(32).fill(n);
  for (const index of [20, 0, 19, ...Array.from({ length: 18 }, (_, i) => i + 1)]) list.set(index, leaf(index));
  t.equal(list.count, 21);
  t.strictSame(Buffer.from(list.bytes), Buffer.concat(Array.from({ length: 21 }, (_, i) => leaf(i))));
  t.end();
});
