import t from 'tap';
import { storeCases } from './cases/index.js';
import { wholeCases } from './cases/whole-cases.js';
import { startDiskStore, type DiskStoreUnderTest } from './disk-fixture.js';

let under: DiskStoreUnderTest;
t.before(async () => {
  under = await startDiskStore(t, { walk: 'realpath' });
});

storeCases(t, () => under);
wholeCases(t, () => under);
