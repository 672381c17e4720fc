import process from 'node:process';
import { openDiskStore } from '../../lib/storage/disk/disk-store.js';
import { Slab } from '../../lib/workers/slab.js';
import { contentOf } from './content.js';
import { put, putEager, send } from './store-under-test.js';

/** A store that is in the middle of things when it is killed. Started by killed.test.ts with the folder to serve. */
const slab = new Slab(8);
const store = await openDiskStore({ root: process.argv[2]!, slab, workers: 1 });
const under = { store, slots: slab.share(8), durable: false, leftovers: () => [] };
await put(under, 'whole', contentOf(1_500_000, 1));
await putEager(under, 'small', contentOf(10, 1));
await send(under, 'whole', contentOf(3_000_000, 2));
await send(under, 'never', contentOf(3_000_000, 3), { size: undefined });
process.stdout.write('sent\n');
setInterval(() => undefined, 1_000);
