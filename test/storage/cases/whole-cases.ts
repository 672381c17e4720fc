import type { Test } from 'tap';
import { leafOf, rootOf } from '../../fixtures/naive-frames.js';
import { contentOf } from '../content.js';
import { codeOf, freshName, get, inSlot, put, putWhole, writeChunk, type StoreUnderTest } from '../store-under-test.js';

const MIB = 1_048_576;

/** Files of one chunk that are written and published in one step (P-7.5), as far as it is the store's. */
export function wholeCases(t: Test, under: () => StoreUnderTest): void {
  t.test('a file is published in one step', async (t) => {
    for (const size of [1, 65_537, MIB]) {
      const path = `${freshName()}/sub/file`;
      const content = contentOf(size, size);
      const published = await putWhole(under(), path, content, { mode: 0o640, mtimeMs: 77 });
      if (published === 'corrupt') throw new Error('corrupt');
      t.match(published, { size, mtimeMs: 77, durable: under().durable });
      t.ok(rootOf(content).equals(published.root));
      t.ok(content.equals(await get(under(), path)));
      t.match(await under().store.stat(path), { size, mtimeMs: 77, mode: 0o640, version: published.version });
    }
    t.same(under().leftovers(), []);
  });

  t.test('many at once, of different names and of one', async (t) => {
    const folder = freshName();
    const contents = [1, 2, 3, 4].map((seed) => contentOf(300_000, seed));
    await Promise.all(contents.map((content, i) => putWhole(under(), `${folder}/${i}`, content)));
    for (const [i, content] of contents.entries()) t.ok(content.equals(await get(under(), `${folder}/${i}`)));
    await Promise.all(contents.map((content) => putWhole(under(), `${folder}/one`, content)));
    const one = await get(under(), `${folder}/one`);
    t.ok(contents.some((content) => content.equals(one)));
    t.same(under().leftovers(), []);
  });

  t.test('a corrupt chunk writes nothing, and may come again', async (t) => {
    const path = freshName();
    const content = contentOf(70_000, 1);
    await put(under(), path, contentOf(9));
    const upload = await under().store.begin({ path, algorithm: 'sha256', size: content.length });
    const send = (bytes: Uint8Array) =>
      inSlot(under(), bytes, (region) => upload.writeWhole(region, leafOf(content), rootOf(content)));
    t.equal(await send(contentOf(70_000, 2)), 'corrupt');
    t.ok(contentOf(9).equals(await get(under(), path)), 'the old one stands');
    t.match(await send(content), { size: 70_000 });
    t.ok(content.equals(await get(under(), path)));
    t.same(under().leftovers(), []);
    t.equal(await codeOf(send(content)), 'cancelled', 'the upload is over');
  });

  t.test('what is wrong with it is told, and leaves nothing', async (t) => {
    const folder = freshName();
    const content = contentOf(100_000);
    const at = (name: string, options: object = {}) => putWhole(under(), `${folder}/${name}`, content, options);
    t.match(await at('there'), { size: content.length });
    t.equal(await codeOf(at('there', { ifAbsent: true })), 'exists');
    t.equal(await codeOf(at('there', { ifMatch: 'another' })), 'precondition-failed');
    t.equal(await codeOf(at('there/below')), 'not-a-folder');
    await under().store.mkdir(`${folder}/folder`);
    t.equal(await codeOf(at('folder')), 'not-a-file');
    t.equal(await codeOf(at('size', { size: 99_999 })), 'size-mismatch');
    const upload = await under().store.begin({ path: `${folder}/root`, algorithm: 'sha256', size: content.length });
    const wrongRoot = inSlot(under(), content, (region) =>
      upload.writeWhole(region, leafOf(content), rootOf(contentOf(100_000, 2))),
    );
    t.equal(await codeOf(wrongRoot), 'digest-mismatch');
    const names = (await (await under().store.list(folder, '')).next(10)).map(({ name }) => name);
    t.same(names, ['folder', 'there']);
    t.same(under().leftovers(), []);
  });

  t.test('only when nothing was written of it, and its name is free', async (t) => {
    const { store } = under();
    const content = contentOf(100_000);
    const begin = (path: string | null, size?: number) => store.begin({ path, algorithm: 'sha256', size });
    const cases: [string | null, number | undefined][] = [
      [null, 10],
      [freshName(), undefined],
      [freshName(), MIB + 1],
    ];
    for (const [path, size] of cases) {
      const upload = await begin(path, size);
      t.notOk(upload.takesWhole, `${path === null ? 'no name' : 'named'}, size ${size}`);
      await upload.abort();
    }
    const path = freshName();
    await put(under(), path, contentOf(5));
    const upload = await begin(path, content.length);
    t.ok(upload.takesWhole);
    const removing = store.remove(path);
    t.notOk(upload.takesWhole, 'somebody has the name');
    await removing;
    t.ok(upload.takesWhole);
    t.equal(await writeChunk(under(), upload, 0, contentOf(100_000, 2), leafOf(content)), 'corrupt');
    t.notOk(upload.takesWhole, 'it has a partial');
    t.equal(await writeChunk(under(), upload, 0, content), 'written');
    await upload.commit(content.length, rootOf(content));
    t.same(under().leftovers(), []);
  });

  t.test('an abort waits for it, and gives up what was corrupt', async (t) => {
    const path = freshName();
    const content = contentOf(100_000);
    const begin = () => under().store.begin({ path, algorithm: 'sha256', size: content.length });
    const good = await begin();
    const published = inSlot(under(), content, (region) => good.writeWhole(region, leafOf(content), rootOf(content)));
    await good.abort();
    t.match(await under().store.stat(path), { size: content.length }, 'published when the abort is done');
    t.match(await published, { size: content.length });
    const bad = await begin();
    const corrupt = inSlot(under(), contentOf(100_000, 2), (region) =>
      bad.writeWhole(region, leafOf(content), rootOf(content)),
    );
    await bad.abort();
    t.equal(await corrupt, 'corrupt');
    const again = inSlot(under(), content, (region) => bad.writeWhole(region, leafOf(content), rootOf(content)));
    t.equal(await codeOf(again), 'cancelled');
    t.same(under().leftovers(), []);
  });
}
