import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { openDiskStore, type DiskStoreOptions } from '../../lib/storage/disk/disk-store.js';
import { Slab } from '../../lib/workers/slab.js';
import type { StoreUnderTest } from './store-under-test.js';

interface Teardown {
  teardown(fn: () => unknown): void;
}

/** An empty folder that goes with the test. */
export function temporaryFolder(t: Teardown): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-storage-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface DiskStoreUnderTest extends StoreUnderTest {
  /** The served folder. */
  readonly root: string;
}

/** A disk store on an empty folder, with one worker unless told otherwise; closed with the test. */
export async function startDiskStore(
  t: Teardown,
  options: Partial<Omit<DiskStoreOptions, 'slab'>> = {},
): Promise<DiskStoreUnderTest> {
  const root = options.root ?? temporaryFolder(t);
  const slab = new Slab(8);
  // The permissions that the cases expect don't depend on who runs them.
  process.umask(0o022);
  const store = await openDiskStore({ workers: 1, ...options, root, slab });
  t.teardown(() => store.close());
  return {
    root,
    store,
    slots: slab.share(8),
    durable: options.durability === 'durable',
    leftovers: () => readdirSync(join(root, '.sluice', 'partial')),
  };
}

/** How many descriptors this process has open. */
export const openDescriptors = (): number => readdirSync('/proc/self/fd').length;
