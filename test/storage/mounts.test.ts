import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { rootOf } from '../fixtures/naive-frames.js';
import { contentOf } from './content.js';
import { startDiskStore, temporaryFolder } from './disk-fixture.js';
import { codeOf, get, put, putEager, writeChunk } from './store-under-test.js';

const MIB = 1_048_576;

/** Puts a file system of 4 MiB at `folder`, for as long as the test runs. */
function mount(t: Test, folder: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    t.comment('left out: mounting a small file system is not permitted here');
    return false;
  }
  // Teardowns run last to first: the store's comes before.
  t.teardown(() => execFileSync('umount', [folder]));
  return true;
}

t.test('a disk that fills up', async (t) => {
  const root = temporaryFolder(t);
  if (!mount(t, root)) return;
  const under = await startDiskStore(t, { root });
  const before = contentOf(1_000, 1);
  await put(under, 'file', before);

  const content = contentOf(6 * MIB, 2);
  const upload = await under.store.begin({ path: 'file', algorithm: 'sha256', size: content.length });
  const codes: string[] = [];
  for (let index = 0; index < 6; index++) {
    codes.push(await codeOf(writeChunk(under, upload, index, content.subarray(index * MIB, (index + 1) * MIB))));
  }
  t.same(codes, ['none', 'none', 'none', 'no-space', 'no-space', 'no-space'], 'it fails once and for good');
  t.equal(await codeOf(upload.commit(content.length, rootOf(content))), 'no-space');
  await upload.abort();
  t.same(under.leftovers(), [], 'the space is given back');
  t.ok(before.equals(await get(under, 'file')), 'what stood there stands');

  await put(under, 'large', contentOf(3 * MIB + MIB / 2, 3));
  t.equal(await codeOf(putEager(under, 'file', contentOf(900_000, 4))), 'no-space');
  t.same(under.leftovers(), []);
  t.same(readdirSync(root).sort(), ['.sluice', 'file', 'large']);
  await under.store.remove('large');
  await putEager(under, 'file', contentOf(900_000, 4));
});

t.test('a folder on another file system', async (t) => {
  const root = temporaryFolder(t);
  mkdirSync(join(root, 'mounted'));
  if (!mount(t, join(root, 'mounted'))) return;
  const under = await startDiskStore(t, { root });
  await put(under, 'file', contentOf(5));
  const elsewhere = { code: 'io-error', message: /different file systems/ };
  await t.rejects(put(under, 'mounted/file', contentOf(5)), elsewhere);
  await t.rejects(putEager(under, 'mounted/file', contentOf(5)), elsewhere);
  for (const ifAbsent of [false, true]) {
    await t.rejects(under.store.rename('file', 'mounted/file', { ifAbsent }), elsewhere);
  }
  t.same(readdirSync(join(root, 'mounted')), []);
  t.same(under.leftovers(), []);
});
