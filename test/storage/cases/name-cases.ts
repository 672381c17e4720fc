import type { Test } from 'tap';
import type { Entry } from '../../../lib/storage/store.js';
import { contentOf } from '../content.js';
import { codeOf, freshName, get, put, putEager, type StoreUnderTest } from '../store-under-test.js';

/** P-7.1 to P-7.3, P-7.8 and P-7.9. */
export function nameCases(t: Test, under: () => StoreUnderTest): void {
  const list = async (path: string, prefix = '', limit = 100): Promise<Entry[]> => {
    const listing = await under().store.list(path, prefix);
    const all: Entry[] = [];
    for (;;) {
      const page = await listing.next(limit);
      if (page.length > limit) throw new Error('a page beyond its limit');
      if (page.length === 0) return all;
      all.push(...page);
    }
  };

  t.test('a listing is in byte order, in pages, by prefix', async (t) => {
    const folder = freshName();
    // U+FF5E sorts behind U+1F600 in UTF-16, but before it in UTF-8.
    const names = [
      'b',
      'B',
      'a',
      'a.b',
      'ab',
      'ä',
      '~',
      '\u{1f600}',
      '\uff5e',
      '.hidden',
      '0',
      'a b',
      '%2e',
      'x'.repeat(255),
    ];
    for (const [size, name] of names.entries())
      await putEager(under(), `${folder}/${name}`, contentOf(size), { mtimeMs: size });
    await under().store.mkdir(`${folder}/a0`);
    const sorted = [...names, 'a0'].sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
    for (const limit of [1, 4, 100])
      t.same(
        (await list(folder, '', limit)).map(({ name }) => name),
        sorted,
      );
    t.same(
      (await list(folder, 'a')).map(({ name }) => name),
      ['a', 'a b', 'a.b', 'a0', 'ab'],
    );
    t.same(
      (await list(folder, 'ä')).map(({ name }) => name),
      ['ä'],
    );
    t.same(await list(folder, 'zz'), []);
    const entries = await list(folder);
    t.match(
      entries.find(({ name }) => name === 'a0'),
      { type: 'folder', size: 0 },
    );
    t.same(
      entries.find(({ name }) => name === 'ä'),
      { name: 'ä', type: 'file', size: 5, mtimeMs: 5 },
    );
  });

  t.test('the root can be listed and asked about, and hides the private folder', async (t) => {
    await putEager(under(), freshName(), contentOf(1));
    const names = (await list('')).map(({ name }) => name);
    t.ok(names.length > 0);
    t.notOk(names.some((name) => name.toLowerCase().includes('sluice')));
    t.match(await under().store.stat(''), { type: 'folder', size: 0 });
  });

  t.test('what is not there, or not a folder, is not listed', async (t) => {
    const path = freshName();
    t.equal(await codeOf(under().store.list(path, '')), 'not-found');
    await putEager(under(), path, contentOf(1));
    t.equal(await codeOf(under().store.list(path, '')), 'not-a-folder');
    t.equal(await codeOf(under().store.stat(`${path}/x`)), 'not-a-folder');
  });

  t.test('names that P-7.1 and P-7.2 refuse are refused by every call', async (t) => {
    const { store } = under();
    const signal = new AbortController().signal;
    const bad = [
      '..',
      '../x',
      'a/../../x',
      '.',
      'a/./b',
      '/etc/passwd',
      'a//b',
      'a/',
      'a\0b',
      'a\nb',
      'a\\b',
      'a\ud800b',
    ];
    const long = ['x'.repeat(256), 'ä'.repeat(128), Array(2_100).fill('x').join('/')];
    const reserved = [
      '.sluice',
      '.SLUICE',
      'a/.Sluice/b',
      '.sluice/partial/x',
      '.\u200bsluice',
      '.ｓluice',
      '.ſluice',
      '.sluice\ufeff',
    ];
    const calls: ((path: string) => Promise<unknown>)[] = [
      (path) => store.begin({ path, algorithm: 'sha256' }),
      (path) => putEager(under(), path, contentOf(3)),
      (path) => store.list(path, ''),
      (path) => store.stat(path),
      (path) => store.remove(path),
      (path) => store.rename(path, 'fine', { ifAbsent: false }),
      (path) => store.rename('fine', path, { ifAbsent: false }),
      (path) => store.mkdir(path),
      (path) => store.hash(path, 'sha256', { signal }),
      (path) => get(under(), path),
    ];
    for (const [index, call] of calls.entries()) {
      for (const path of [...bad, ...long])
        t.equal(await codeOf(call(path)), 'bad-path', `call ${index}: ${path.slice(0, 20)}`);
      for (const path of reserved) t.equal(await codeOf(call(path)), 'reserved-name', `call ${index}: ${path}`);
    }
    for (const index of [0, 1, 4, 5, 6, 7, 8, 9]) t.equal(await codeOf(calls[index]!('')), 'bad-path', `call ${index}`);
  });

  t.test('remove: a file, an empty folder, nothing else', async (t) => {
    const { store } = under();
    const folder = freshName();
    await putEager(under(), `${folder}/file`, contentOf(1));
    t.equal(await codeOf(store.remove(folder)), 'not-empty');
    await store.remove(`${folder}/file`);
    t.equal(await codeOf(store.remove(`${folder}/file`)), 'not-found');
    await store.remove(folder);
    t.equal(await codeOf(store.stat(folder)), 'not-found');
    t.equal(await codeOf(store.remove(`${folder}/file`)), 'not-found', 'in a folder that is gone');
  });

  t.test('mkdir makes the folders above as well', async (t) => {
    const { store } = under();
    const folder = freshName();
    await store.mkdir(`${folder}/a/b/c`);
    t.match(await store.stat(`${folder}/a/b/c`), { type: 'folder' });
    t.equal(await codeOf(store.mkdir(`${folder}/a/b`)), 'exists');
    await putEager(under(), `${folder}/file`, contentOf(1));
    t.equal(await codeOf(store.mkdir(`${folder}/file`)), 'exists');
    t.equal(await codeOf(store.mkdir(`${folder}/file/x`)), 'not-a-folder');
  });

  t.test('rename a file', async (t) => {
    const { store } = under();
    const folder = freshName();
    await putEager(under(), `${folder}/one`, contentOf(1, 1));
    await putEager(under(), `${folder}/two`, contentOf(2, 2));
    t.equal(await codeOf(store.rename(`${folder}/one`, `${folder}/two`, { ifAbsent: true })), 'exists');
    await store.rename(`${folder}/one`, `${folder}/two`, { ifAbsent: false });
    t.ok(contentOf(1, 1).equals(await get(under(), `${folder}/two`)));
    await store.rename(`${folder}/two`, `${folder}/new/deep/three`, { ifAbsent: true });
    t.same(
      (await list(folder)).map(({ name }) => name),
      ['new'],
    );
    t.equal(await codeOf(store.rename(`${folder}/none`, `${folder}/made/x`, { ifAbsent: false })), 'not-found');
    t.equal(await codeOf(store.stat(`${folder}/made`)), 'not-found', 'nothing was made for a file that is not there');
    await store.rename(`${folder}/new/deep/three`, `${folder}/new/deep/three`, { ifAbsent: false });
    t.ok(contentOf(1, 1).equals(await get(under(), `${folder}/new/deep/three`)));
    t.equal(await codeOf(store.rename(`${folder}/new/deep/three`, `${folder}/new`, { ifAbsent: false })), 'not-a-file');
  });

  t.test('rename a folder', async (t) => {
    const { store } = under();
    const folder = freshName();
    await putEager(under(), `${folder}/from/file`, contentOf(3));
    await putEager(under(), `${folder}/file`, contentOf(4));
    await store.mkdir(`${folder}/empty`);
    t.equal(await codeOf(store.rename(`${folder}/from`, `${folder}/from/x/y`, { ifAbsent: false })), 'bad-path');
    t.equal(await codeOf(store.rename(`${folder}/from`, `${folder}/file`, { ifAbsent: false })), 'exists');
    t.equal(await codeOf(store.rename(`${folder}/from`, `${folder}/empty`, { ifAbsent: false })), 'not-a-file');
    t.equal(await codeOf(store.rename(`${folder}/from`, `${folder}/empty`, { ifAbsent: true })), 'exists');
    await store.rename(`${folder}/from`, `${folder}/to/here`, { ifAbsent: true });
    t.ok(contentOf(3).equals(await get(under(), `${folder}/to/here/file`)));
  });

  t.test('renames that cross each other end', async (t) => {
    const { store } = under();
    const folder = freshName();
    await put(under(), `${folder}/a`, contentOf(1));
    await Promise.all(
      Array.from({ length: 20 }, (_, index) => {
        const [from, to] = index % 2 === 0 ? ['a', 'b'] : ['b', 'a'];
        return codeOf(store.rename(`${folder}/${from}`, `${folder}/${to}`, { ifAbsent: false }));
      }),
    );
    t.equal((await list(folder)).length, 1);
  });
}
