import t from 'tap';
import { storeCases } from './cases/index.js';
import { startDiskStore, type DiskStoreUnderTest } from './disk-fixture.js';

let under: DiskStoreUnderTest;
t.before(async () => {
  under = await startDiskStore(t, { runtime: 'processes' });
});

storeCases(t, () => under);

t.test('a chunk goes to a process by memory that they share, never whole with its file', async (t) => {
  const upload = await under.store.begin({ path: 'by-steps', algorithm: 'sha256', size: 100_000 });
  t.notOk(upload.takesWhole);
  await upload.abort();
});
