import type { Test } from 'tap';
import { rootOf } from '../../fixtures/naive-frames.js';
import { contentOf } from '../content.js';
import { codeOf, freshName, get, put, putEager, send, type StoreUnderTest } from '../store-under-test.js';

const MIB = 1_048_576;

/** P-7.6: what stands under a name when a file is to be published there. */
export function conditionCases(t: Test, under: () => StoreUnderTest): void {
  t.test('two writers of one name publish in the order of their commits', async (t) => {
    const path = freshName();
    const [one, two] = [contentOf(MIB + 1, 1), contentOf(20, 2)];
    const first = await send(under(), path, one);
    const second = await send(under(), path, two);
    const done: string[] = [];
    await Promise.all([
      first.commit(one.length, rootOf(one)).then(() => done.push('first')),
      second.commit(two.length, rootOf(two)).then(() => done.push('second')),
    ]);
    t.same(done, ['first', 'second']);
    t.ok(two.equals(await get(under(), path)));
  });

  t.test('ifAbsent is checked early and again on publishing', async (t) => {
    const path = `${freshName()}/new`;
    const content = contentOf(MIB + 3);
    const uploads = await Promise.all([1, 2, 3].map(() => send(under(), path, content, { ifAbsent: true })));
    const codes = await Promise.all(uploads.map((upload) => codeOf(upload.commit(content.length, rootOf(content)))));
    t.same(codes.sort(), ['exists', 'exists', 'none']);
    t.equal(await codeOf(send(under(), path, content, { ifAbsent: true })), 'exists');
    t.ok(content.equals(await get(under(), path)));
    t.same(under().leftovers(), []);
  });

  t.test('ifMatch is checked early and again on publishing', async (t) => {
    const path = freshName();
    const { version } = await put(under(), path, contentOf(5));
    const content = contentOf(6);
    const uploads = await Promise.all([1, 2, 3].map(() => send(under(), path, content, { ifMatch: version })));
    const codes = await Promise.all(uploads.map((upload) => codeOf(upload.commit(content.length, rootOf(content)))));
    t.same(codes.sort(), ['none', 'precondition-failed', 'precondition-failed']);
    t.equal(await codeOf(send(under(), path, content, { ifMatch: version })), 'precondition-failed');
    t.equal(await codeOf(send(under(), `${freshName()}/none`, content, { ifMatch: version })), 'precondition-failed');
  });

  t.test('ifMatch where even the folder has gone', async (t) => {
    const folder = freshName();
    const { version } = await put(under(), `${folder}/file`, contentOf(5));
    const upload = await send(under(), `${folder}/file`, contentOf(5), { ifMatch: version });
    await under().store.remove(`${folder}/file`);
    await under().store.remove(folder);
    t.equal(await codeOf(upload.commit(5, rootOf(contentOf(5)))), 'precondition-failed');
    t.equal(
      await codeOf(putEager(under(), `${folder}/file`, contentOf(5), { ifMatch: version })),
      'precondition-failed',
    );
    t.equal(await codeOf(under().store.stat(folder)), 'not-found', 'no folder is made');
  });

  t.test('a folder is not replaced', async (t) => {
    const path = freshName();
    await under().store.mkdir(path);
    const content = contentOf(6);
    const begin = (options: object) => under().store.begin({ path, algorithm: 'sha256', ...options });
    t.equal(await codeOf(begin({ size: MIB + 1 })), 'not-a-file', 'before a large file is sent in vain');
    t.equal(await codeOf(begin({})), 'not-a-file', 'or one that may be large');
    t.equal(await codeOf(begin({ size: 6, ifAbsent: true })), 'exists');
    t.equal(await codeOf(put(under(), path, content)), 'not-a-file');

    const later = `${freshName()}/sub`;
    const upload = await send(under(), later, content);
    await under().store.mkdir(later);
    t.equal(await codeOf(upload.commit(content.length, rootOf(content))), 'not-a-file');
    t.same(await (await under().store.list(later, '')).next(5), []);
  });

  t.test('a file is no folder', async (t) => {
    const path = freshName();
    await put(under(), path, contentOf(4));
    t.equal(await codeOf(put(under(), `${path}/below`, contentOf(4))), 'not-a-folder');
    const other = freshName();
    const upload = await send(under(), `${other}/below`, contentOf(4));
    await put(under(), other, contentOf(4));
    t.equal(await codeOf(upload.commit(4, rootOf(contentOf(4)))), 'not-a-folder');
    t.same(under().leftovers(), []);
  });

  t.test('a version changes with the content, and only the version that is there matches', async (t) => {
    const path = freshName();
    const versions = new Set<string>();
    for (let round = 0; round < 20; round++) {
      // The same size and time: the content alone differs.
      versions.add((await put(under(), path, contentOf(7, round), { mtimeMs: 1_000 })).version);
    }
    t.equal(versions.size, 20);
    t.ok([...versions].every((version) => Buffer.byteLength(version) <= 128));
  });
}
