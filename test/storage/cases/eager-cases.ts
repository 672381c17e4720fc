import type { Test } from 'tap';
import { leafOf, rootOf } from '../../fixtures/naive-frames.js';
import { contentOf } from '../content.js';
import { codeOf, freshName, get, put, putEager, type StoreUnderTest } from '../store-under-test.js';
import type { Published } from '../../../lib/storage/store.js';

/** P-5.9, as far as it is the store's. */
export function eagerCases(t: Test, under: () => StoreUnderTest): void {
  t.test('many small files at once come back whole', async (t) => {
    const { store, slots } = under();
    const folder = freshName();
    const slot = slots.take()!;
    const files = Array.from({ length: 250 }, (_, index) => {
      const content = contentOf(1 + index * 16, index);
      const offset = index * 4_096;
      slot.bytes.set(content, offset);
      return { path: `${folder}/${index % 7}/${index}`, content, region: { slot, offset, length: content.length } };
    });
    const published = await Promise.all(
      files.map(({ path, content, region }) =>
        store.putEager(
          { path, algorithm: 'sha256', size: content.length, root: rootOf(content), leaf: leafOf(content), mtimeMs: 5 },
          region,
        ),
      ),
    );
    slots.give(slot);
    t.ok(published.every(({ mtimeMs, durable }) => mtimeMs === 5 && durable === under().durable));
    t.equal(new Set(published.map(({ version }) => version)).size, files.length);
    for (const [index, { path, content }] of files.entries()) {
      if (index % 25 === 0) t.ok(content.equals(await get(under(), path)));
      const { version, size } = await store.stat(path);
      if (version !== published[index]!.version || size !== content.length) t.fail(`${path} is not what was published`);
    }
    t.same(under().leftovers(), []);
  });

  t.test('empty files', async (t) => {
    const path = freshName();
    const published = await putEager(under(), path, Buffer.alloc(0), { mode: 0o604 });
    t.ok(rootOf(Buffer.alloc(0)).equals(published.root));
    t.match(await under().store.stat(path), { type: 'file', size: 0, mode: 0o604 });
  });

  t.test('one that fails leaves the others of its batch alone', async (t) => {
    const folder = freshName();
    await under().store.mkdir(`${folder}/taken`);
    const content = contentOf(100);
    const codes = await Promise.all(
      [
        putEager(under(), `${folder}/good`, content),
        putEager(under(), `${folder}/leaf`, content, { leaf: leafOf(contentOf(100, 2)) }),
        putEager(under(), `${folder}/root`, content, { root: rootOf(contentOf(100, 2)) }),
        putEager(under(), `${folder}/taken`, content),
        putEager(under(), `${folder}/../up`, content),
        putEager(under(), `${folder}/match`, content, { ifMatch: 'x' }),
        putEager(under(), `${folder}/size`, content, { size: 101 }),
        putEager(under(), `${folder}/fine`, content),
      ].map(codeOf),
    );
    t.same(codes, [
      'none',
      'digest-mismatch',
      'digest-mismatch',
      'not-a-file',
      'bad-path',
      'precondition-failed',
      'size-mismatch',
      'none',
    ]);
    const names = (await (await under().store.list(folder, '')).next(10)).map(({ name }) => name);
    t.same(names, ['fine', 'good', 'taken']);
    t.same(under().leftovers(), []);
  });

  t.test('files of one name are published in the order they came', async (t) => {
    const path = `${freshName()}/file`;
    const contents = [1, 2, 3, 4, 5].map((seed) => contentOf(1_000, seed));
    const done: number[] = [];
    const published = await Promise.all(
      contents.map(async (content, index): Promise<Published> => {
        const result = await putEager(under(), path, content);
        done.push(index);
        return result;
      }),
    );
    t.same(done, [0, 1, 2, 3, 4]);
    t.ok(contents[4]!.equals(await get(under(), path)));
    t.equal((await under().store.stat(path)).version, published[4]!.version);
  });

  t.test('of many that must be the first, one is', async (t) => {
    const path = freshName();
    const codes = await Promise.all(
      [1, 2, 3, 4, 5, 6].map((seed) => codeOf(putEager(under(), path, contentOf(50, seed), { ifAbsent: true }))),
    );
    t.same(codes.sort(), ['exists', 'exists', 'exists', 'exists', 'exists', 'none']);
  });

  t.test('a small file replaces a large one, under its version only', async (t) => {
    const path = freshName();
    const { version } = await put(under(), path, contentOf(2_000_000));
    const codes = await Promise.all(
      [1, 2].map((seed) => codeOf(putEager(under(), path, contentOf(9, seed), { ifMatch: version }))),
    );
    t.same(codes, ['none', 'precondition-failed']);
    t.ok(contentOf(9, 1).equals(await get(under(), path)));
  });
}
