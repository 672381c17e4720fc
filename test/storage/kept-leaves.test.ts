import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { chunksOf, leafOf } from '../fixtures/naive-frames.js';
import { contentOf } from './content.js';
import { type DiskStoreUnderTest, openDescriptors, startDiskStore, temporaryFolder } from './disk-fixture.js';
import { get, open, put, putEager, withSlot } from './store-under-test.js';

const MIB = 1_048_576;
const CONTENT = contentOf(2 * MIB + 5);
const LEAVES = Buffer.concat(chunksOf(CONTENT).map(leafOf));

const keptIn = ({ root }: DiskStoreUnderTest): string[] => readdirSync(join(root, '.sluice', 'leaves'));

/** Changes a byte of a file and sets its times back; only the change time tells. */
function rot(path: string, position: number): void {
  const fd = openSync(path, 'r+');
  writeSync(fd, Buffer.from([0xff]), 0, 1, position);
  closeSync(fd);
}

/** P-7.4 leaves its form to the server; this is the one of this store. */
function versionOf(path: string): string {
  const { ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
  return [ino, size, mtimeNs, ctimeNs].map((part) => part.toString(32)).join('-');
}

/** The leaf that a download gives for a chunk, and whether it is that of the bytes. */
async function leafAt(under: DiskStoreUnderTest, path: string, chunk: number) {
  const answer = await open(under, path);
  if (answer.kind !== 'download') throw new Error(answer.kind);
  const read = await withSlot(under.slots, async (slot) => {
    const { leaf, length } = await answer.download.read(chunk, slot);
    return { leaf: Buffer.from(leaf), bytes: Buffer.from(slot.bytes.subarray(0, length)) };
  });
  await answer.download.close();
  return read;
}

t.test('a file that is published keeps its leaves, at index × 32', async (t) => {
  const under = await startDiskStore(t);
  await put(under, 'file', CONTENT);
  await putEager(under, 'small', contentOf(100));
  t.equal(keptIn(under).length, 1, 'a file of one chunk keeps none');
  const kept = readFileSync(join(under.root, '.sluice', 'leaves', keptIn(under)[0]!));
  t.ok(kept.subarray(0, LEAVES.length).equals(LEAVES));
  t.ok((await get(under, 'file')).equals(CONTENT));
});

t.test('a download tells the leaf that was kept, so that its reader finds what has rotted', async (t) => {
  const under = await startDiskStore(t);
  await put(under, 'file', CONTENT);
  // What rots on a disk changes no time; a test can't do that, so the record is made to name the new one.
  const path = join(under.root, 'file');
  const record = join(under.root, '.sluice', 'leaves', keptIn(under)[0]!);
  const before = versionOf(path);
  rot(path, MIB + 17);
  const after = versionOf(path);
  const text = readFileSync(record).toString('latin1');
  t.ok(text.includes(` ${before}\0`), 'the record names the version');
  const length = Math.max(before.length, after.length);
  const nul = (version: string): string => version.padEnd(length, '\0');
  writeFileSync(record, text.replace(nul(before), nul(after)), 'latin1');
  const { leaf, bytes } = await leafAt(under, 'file', 1);
  t.ok(leaf.equals(leafOf(CONTENT.subarray(MIB, 2 * MIB))), 'the leaf is what it was');
  t.notOk(leafOf(bytes).equals(leaf), 'the bytes are not');
});

t.test('leaves of another version are not believed', async (t) => {
  const under = await startDiskStore(t);
  await put(under, 'file', CONTENT);
  rot(join(under.root, 'file'), 3);
  const { leaf, bytes } = await leafAt(under, 'file', 0);
  t.ok(leafOf(bytes).equals(leaf), 'they are computed');
});

t.test('a whole download of a file without leaves keeps those that it computed', async (t) => {
  const under = await startDiskStore(t, { settledMs: 0 });
  writeFileSync(join(under.root, 'file'), CONTENT);
  await leafAt(under, 'file', 0);
  t.same(keptIn(under), [], 'a part of them is of no use');
  t.same(under.leftovers(), []);
  await get(under, 'file');
  t.equal(keptIn(under).length, 1);
  const [name] = keptIn(under);
  const kept = readFileSync(join(under.root, '.sluice', 'leaves', name!));
  t.ok(kept.subarray(0, LEAVES.length).equals(LEAVES));
  t.ok((await get(under, 'file')).equals(CONTENT), 'and the next one uses them');
  t.same(under.leftovers(), []);
});

t.test(
  'a file that changed just now keeps no computed leaves: it may have changed again within one step of the clock',
  async (t) => {
    const under = await startDiskStore(t);
    writeFileSync(join(under.root, 'file'), CONTENT);
    t.ok((await get(under, 'file')).equals(CONTENT));
    t.same(keptIn(under), []);
    t.same(under.leftovers(), []);
  },
);

t.test('a reader with another algorithm leaves those alone that were verified when the file arrived', async (t) => {
  const under = await startDiskStore(t, { settledMs: 0 });
  await put(under, 'file', CONTENT);
  const [name] = keptIn(under);
  const before = readFileSync(join(under.root, '.sluice', 'leaves', name!));
  const slots = under.slots;
  const [answer] = await withSlot(slots, (slot) =>
    under.store.open([{ path: 'file', algorithm: 'blake3', eagerLimit: 0 }], slot),
  );
  if (answer?.kind !== 'download') throw new Error('no download');
  for (const chunk of [0, 1, 2]) await withSlot(slots, (slot) => answer.download.read(chunk, slot));
  await answer.download.verifyUnchanged();
  await answer.download.close();
  t.equal(keptIn(under).length, 2, 'it has its own');
  t.ok(readFileSync(join(under.root, '.sluice', 'leaves', name!)).equals(before));
  await under.store.remove('file');
  t.same(keptIn(under), [], 'both go with the file');
});

t.test('leaves that are torn, or of another kind, are as good as none', async (t) => {
  const under = await startDiskStore(t);
  await put(under, 'file', CONTENT);
  const record = join(under.root, '.sluice', 'leaves', keptIn(under)[0]!);
  const whole = readFileSync(record);
  const spoilt = Buffer.from(whole);
  spoilt[5]! ^= 1;
  const damages: Record<string, Buffer> = {
    'nothing in it': Buffer.alloc(0),
    'cut short': whole.subarray(0, whole.length - 1),
    'one bit of a leaf': spoilt,
    'zeros, as after a loss of power': Buffer.alloc(whole.length),
    'another algorithm': Buffer.from(whole.toString('latin1').replace('sha256 ', 'blake3 '), 'latin1'),
  };
  for (const [name, bytes] of Object.entries(damages)) {
    writeFileSync(record, bytes);
    t.ok((await get(under, 'file')).equals(CONTENT), name);
  }
});

t.test('they go with the file, and along with it to another name', async (t) => {
  const under = await startDiskStore(t);
  await put(under, 'file', CONTENT);
  await under.store.rename('file', 'other', { ifAbsent: false });
  const { leaf } = await leafAt(under, 'other', 2);
  t.ok(leaf.equals(leafOf(CONTENT.subarray(2 * MIB))));
  const before = keptIn(under);
  t.equal(before.length, 1);
  await put(under, 'other', contentOf(2 * MIB, 2));
  t.equal(keptIn(under).length, 1, 'those of the file that was replaced are gone');
  await putEager(under, 'other', contentOf(5));
  t.same(keptIn(under), []);
  await put(under, 'file', CONTENT);
  await under.store.remove('file');
  t.same(keptIn(under), []);
});

t.test('those that were of no use for a month go when the store opens', async (t) => {
  const root = temporaryFolder(t);
  const first = await startDiskStore(t, { root });
  await put(first, 'old', CONTENT);
  const [old] = keptIn(first);
  await put(first, 'new', CONTENT);
  await first.store.close();
  const record = join(root, '.sluice', 'leaves', old!);
  const days = (count: number): number => Date.now() / 1000 - count * 24 * 3600;
  utimesSync(record, days(29), days(29));
  const second = await startDiskStore(t, { root });
  t.equal(keptIn(second).length, 2);
  await get(second, 'old');
  t.ok(statSync(record).mtimeMs > days(1) * 1000, 'their use is noted');
  await second.store.close();
  utimesSync(record, days(31), days(31));
  const third = await startDiskStore(t, { root });
  t.equal(keptIn(third).length, 1);
});

t.test('a disk that keeps nothing costs no transfer', async (t) => {
  const under = await startDiskStore(t, { settledMs: 0 });
  const folder = join(under.root, '.sluice', 'leaves');
  await put(under, 'file', CONTENT);
  for (const name of keptIn(under)) unlinkSync(join(folder, name));
  // A folder in the record's place can't be replaced by a file.
  const { ino } = statSync(join(under.root, 'file'), { bigint: true });
  mkdirSync(join(folder, `${ino.toString(32)}.sha256`, 'x'), { recursive: true });
  const before = openDescriptors();
  t.ok((await get(under, 'file')).equals(CONTENT));
  t.equal(openDescriptors(), before);
  t.same(under.leftovers(), []);
});
