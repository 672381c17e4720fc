import { createHash } from 'node:crypto';
import type { Test } from 'tap';
import { contentOf } from '../content.js';
import { codeOf, freshName, put, putEager, type StoreUnderTest } from '../store-under-test.js';

const MIB = 1_048_576;

/** P-7.9 HASH. */
export function hashCases(t: Test, under: () => StoreUnderTest): void {
  const { signal } = new AbortController();

  t.test('the digest is that of the plain bytes', async (t) => {
    const { store } = under();
    for (const size of [0, 3, 9 * MIB + 5]) {
      const path = freshName();
      const content = contentOf(size);
      await put(under(), path, content, { mtimeMs: 99 });
      const { digest, ...rest } = await store.hash(path, 'sha256', { signal });
      t.same(rest, { size, mtimeMs: 99 });
      t.ok(createHash('sha256').update(content).digest().equals(digest));
    }
    const path = freshName();
    await putEager(under(), path, Buffer.from('abc'));
    // The BLAKE3 project's own value for these three bytes.
    t.equal(
      Buffer.from((await store.hash(path, 'blake3', { signal })).digest).toString('hex'),
      '6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85',
    );
  });

  t.test('many at once, with progress', async (t) => {
    const { store } = under();
    const path = freshName();
    const content = contentOf(9 * MIB);
    await put(under(), path, content);
    const expected = createHash('sha256').update(content).digest();
    const progress: number[] = [];
    const onProgress = (done: number): void => void progress.push(done);
    const all = await Promise.all(Array.from({ length: 20 }, () => store.hash(path, 'sha256', { signal, onProgress })));
    t.ok(all.every(({ digest }) => expected.equals(digest)));
    t.ok(progress.length >= 20);
    t.ok(progress.every((done) => done > 0 && done < content.length));
  });

  t.test('an abort cancels: before, in the queue and under way', async (t) => {
    const { store } = under();
    const path = freshName();
    await put(under(), path, contentOf(20 * MIB));
    t.equal(await codeOf(store.hash(path, 'sha256', { signal: AbortSignal.abort() })), 'cancelled');
    const controller = new AbortController();
    let slices = 0;
    const codes = await Promise.all(
      Array.from({ length: 30 }, () =>
        codeOf(
          store.hash(path, 'sha256', {
            signal: controller.signal,
            onProgress: () => {
              slices++;
              controller.abort();
            },
          }),
        ),
      ),
    );
    t.same(codes, Array(30).fill('cancelled'));
    t.equal(slices, 1, 'nobody goes on after the abort');
    await store.remove(path);
  });

  t.test('files only', async (t) => {
    const { store } = under();
    const path = freshName();
    t.equal(await codeOf(store.hash(path, 'sha256', { signal })), 'not-found');
    await store.mkdir(path);
    t.equal(await codeOf(store.hash(path, 'sha256', { signal })), 'not-a-file');
  });
}
