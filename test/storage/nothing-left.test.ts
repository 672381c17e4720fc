import process from 'node:process';
import t from 'tap';
import { rootOf } from '../fixtures/naive-frames.js';
import { contentOf } from './content.js';
import { openDescriptors, startDiskStore, temporaryFolder, type DiskStoreUnderTest } from './disk-fixture.js';
import { codeOf, open, put, putEager, send, writeChunk } from './store-under-test.js';

const MIB = 1_048_576;

t.test('whatever an upload comes to, its descriptors and partial files go with it', async (t) => {
  const under = await startDiskStore(t);
  const { store } = under;
  await store.mkdir('taken');
  const content = contentOf(2 * MIB + 1);
  const root = rootOf(content);
  const begin = () => store.begin({ path: 'file', algorithm: 'sha256', size: content.length });
  const endings: Record<string, () => Promise<unknown>> = {
    'aborted before the first chunk': async () => (await begin()).abort(),
    'aborted after a chunk': async () => {
      const upload = await begin();
      await writeChunk(under, upload, 0, content.subarray(0, MIB));
      await upload.abort();
    },
    'aborted with chunks under way': async () => {
      const upload = await begin();
      const writes = [0, 1].map((index) => codeOf(writeChunk(under, upload, index, content.subarray(0, MIB))));
      await Promise.all([...writes, upload.abort()]);
    },
    'aborted after a corrupt chunk': async () => {
      const upload = await begin();
      await writeChunk(under, upload, 0, content.subarray(0, MIB), Buffer.alloc(32));
      await upload.abort();
    },
    'aborted when whole': async () => (await send(under, 'file', content)).abort(),
    'wrong root': async () => codeOf((await send(under, 'file', content)).commit(content.length, Buffer.alloc(32))),
    'wrong size': async () => codeOf((await send(under, 'file', content)).commit(1, root)),
    'name taken early': async () => codeOf(send(under, 'taken', content)),
    'name taken late': async () => {
      const upload = await send(under, 'late', content);
      await store.mkdir('late');
      await codeOf(upload.commit(content.length, root));
      await store.remove('late');
    },
    published: async () => put(under, 'file', content),
    'eager, published': async () => putEager(under, 'file', contentOf(9)),
    'eager, corrupt': async () => codeOf(putEager(under, 'file', contentOf(9), { leaf: Buffer.alloc(32) })),
    'eager, name taken': async () => codeOf(putEager(under, 'taken', contentOf(9))),
    'eager, below a file': async () => codeOf(putEager(under, 'file/x', contentOf(9))),
    'read and closed': async () => {
      const answer = await open(under, 'file');
      if (answer.kind === 'download') await answer.download.close();
    },
    'read at once': async () => open(under, 'file', MIB),
    'not opened': async () => Promise.all(['taken', 'none', 'file/x'].map((path) => open(under, path))),
    listed: async () => (await store.list('', '')).next(100),
  };
  await store.hash('file', 'sha256', { signal: AbortSignal.abort() }).catch(() => undefined);
  await endings['published']!();
  await endings['listed']!();
  const before = openDescriptors();
  for (const [name, end] of Object.entries(endings)) {
    await end();
    t.equal(openDescriptors(), before, `${name}: descriptors`);
    t.same(under.leftovers(), [], `${name}: partial files`);
  }
});

for (const runtime of ['threads', 'processes'] as const) {
  t.test(`${runtime}: a store that closes ends what is under way and leaves nothing`, async (t) => {
    const held = (): string[] =>
      process.getActiveResourcesInfo().filter((name) => /process|worker|message/i.test(name));
    // What the first pool of a process brings for good is there before the count.
    await startDiskStore(t, { runtime }).then(({ store }) => store.close());
    await new Promise(setImmediate);
    const before = { descriptors: openDescriptors(), resources: held() };
    const root = temporaryFolder(t);
    const under: DiskStoreUnderTest = await startDiskStore(t, { runtime, root });
    const { store } = under;
    await put(under, 'big', contentOf(12 * MIB));
    const upload = await send(under, 'file', contentOf(MIB + 1));
    const download = await open(under, 'big');
    const { signal } = new AbortController();
    let hashing!: () => void;
    const started = new Promise<void>((resolve) => (hashing = resolve));
    const hash = codeOf(store.hash('big', 'sha256', { signal, onProgress: hashing }));
    const eager = codeOf(putEager(under, 'eager', contentOf(9)));
    await started;
    await Promise.all([store.close(), store.close()]);
    t.equal(await hash, 'shutting-down');
    t.equal(await eager, 'none', 'what was asked for is done');
    t.equal(await codeOf(upload.commit(MIB + 1, rootOf(contentOf(MIB + 1)))), 'cancelled');
    if (download.kind === 'download') t.equal(await codeOf(download.download.verifyUnchanged()), 'cancelled');
    t.equal(await codeOf(store.stat('big')), 'shutting-down');
    t.equal(await codeOf(store.begin({ path: 'x', algorithm: 'sha256' })), 'shutting-down');
    t.same(under.leftovers(), []);
    await new Promise(setImmediate);
    t.same({ descriptors: openDescriptors(), resources: held() }, before);
  });
}
