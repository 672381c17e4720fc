import t from 'tap';
import { rootOf } from '../fixtures/naive-frames.js';
import { storeCases } from './cases/index.js';
import { wholeCases } from './cases/whole-cases.js';
import { contentOf } from './content.js';
import { startDiskStore, type DiskStoreUnderTest } from './disk-fixture.js';
import { writeChunk } from './store-under-test.js';

const MIB = 1_048_576;

let under: DiskStoreUnderTest;
t.before(async () => {
  under = await startDiskStore(t, { durability: 'durable', sync: { bytes: 2 * MIB, delay: 3_600_000 } });
});

storeCases(t, () => under);
wholeCases(t, () => under);

t.test('a growing upload tells which chunks have become durable', async (t) => {
  const content = contentOf(5 * MIB);
  const upload = await under.store.begin({ path: 'growing', algorithm: 'sha256', size: content.length });
  const told: number[] = [];
  for (const pair of [
    [3, 1],
    [0, 4],
  ]) {
    const durable = new Promise<void>((resolve) => {
      upload.onDurable = (chunks) => {
        told.push(...chunks);
        resolve();
      };
    });
    for (const index of pair) await writeChunk(under, upload, index, content.subarray(index * MIB, (index + 1) * MIB));
    await durable;
  }
  t.same(told, [3, 1, 0, 4]);
  await writeChunk(under, upload, 2, content.subarray(2 * MIB, 3 * MIB));
  t.match(await upload.commit(content.length, rootOf(content)), { durable: true });
  t.same(told, [3, 1, 0, 4], 'the rest is told by being published');
});
