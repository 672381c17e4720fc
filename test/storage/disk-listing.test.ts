import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Listing } from '../../lib/storage/store.js';
import { startDiskStore, type DiskStoreUnderTest } from './disk-fixture.js';

let under: DiskStoreUnderTest;
t.before(async () => {
  // A long listing reads the folder many times, and one of more than 2,000 names in the lane for what is slow.
  under = await startDiskStore(t, { listing: { window: 1_000, patience: 2_000 } });
});

async function namesOf(listing: Listing, limit: number): Promise<string[]> {
  const names: string[] = [];
  for (;;) {
    const page = await listing.next(limit);
    if (page.length === 0) return names;
    names.push(...page.map(({ name }) => name));
  }
}

t.test('a folder of 5,000 names, read in small windows', async (t) => {
  const folder = join(under.root, 'many');
  mkdirSync(folder);
  const names = Array.from({ length: 5_000 }, (_, index) => `${(index * 7_919) % 5_000}`);
  for (const name of names) writeFileSync(join(folder, name), '');
  t.same(await namesOf(await under.store.list('many', ''), 300), names.sort());
  t.same(
    await namesOf(await under.store.list('many', '499'), 4),
    names.filter((name) => name.startsWith('499')),
  );
});

t.test('listings at once share the memory for names', async (t) => {
  const expected = readdirSync(join(under.root, 'many'))
    .filter((name) => name.startsWith('12'))
    .sort();
  const listings = await Promise.all(Array.from({ length: 10 }, () => under.store.list('many', '12')));
  for (const names of await Promise.all(listings.map((listing) => namesOf(listing, 50)))) t.same(names, expected);
});

t.test('a folder that changes while it is listed', async (t) => {
  const folder = join(under.root, 'changing');
  mkdirSync(folder);
  for (let index = 100; index < 1_000; index++) writeFileSync(join(folder, `${index}`), '');
  const listing = await under.store.list('changing', '');
  const first = await listing.next(10);
  t.equal(first.length, 10);
  for (let index = 100; index < 990; index++) rmSync(join(folder, `${index}`));
  writeFileSync(join(folder, '0'), '');
  const rest = await namesOf(listing, 10);
  t.same(
    rest,
    ['990', '991', '992', '993', '994', '995', '996', '997', '998', '999'],
    'pages of vanished names are no end',
  );
  rmSync(folder, { recursive: true });
  const gone = await under.store.list('many', '');
  await gone.next(1);
});

t.test('names that no client could ask for are left out', async (t) => {
  const folder = join(under.root, 'odd');
  mkdirSync(folder);
  const odd = [
    'back\\slash',
    'line\nbreak',
    'delete\x7f',
    '\u0085next',
    '.sluice',
    '.SLUICE',
    '.slu\u200bice',
    'fine',
    '.fine',
    'ä',
  ];
  for (const name of odd) writeFileSync(join(folder, name), '');
  for (const bytes of [[0xff], [0xc3], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0x66, 0xfe]]) {
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(bytes)]), '');
  }
  t.same(await namesOf(await under.store.list('odd', ''), 100), ['.fine', 'fine', 'ä']);
});
