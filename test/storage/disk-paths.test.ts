import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import t from 'tap';
import { Folder } from '../../lib/storage/disk/folder.js';
import { openFile, Tree } from '../../lib/storage/disk/tree.js';
import { openPlaces } from '../../lib/storage/disk/places.js';
import { rootOf } from '../fixtures/naive-frames.js';
import { contentOf } from './content.js';
import { startDiskStore, temporaryFolder, type DiskStoreUnderTest } from './disk-fixture.js';
import { codeOf, get, put, putEager, send } from './store-under-test.js';

/* R14: whatever the tree holds, nothing outside it is read, written, removed or listed. */

const { signal } = new AbortController();

/** Every call that can touch `path`, by its name. */
function calls(under: DiskStoreUnderTest): Record<string, (path: string) => Promise<unknown>> {
  const { store } = under;
  return {
    put: (path) => put(under, path, contentOf(5)),
    putEager: (path) => putEager(under, path, contentOf(5)),
    get: (path) => get(under, path),
    hash: (path) => store.hash(path, 'sha256', { signal }),
    list: (path) => store.list(path, ''),
    renameFrom: (path) => store.rename(path, 'moved', { ifAbsent: false }),
    renameTo: (path) => store.rename('plain', path, { ifAbsent: false }),
    renameToIfAbsent: (path) => store.rename('plain', path, { ifAbsent: true }),
    mkdir: (path) => store.mkdir(path),
  };
}

async function codes(under: DiskStoreUnderTest, path: string): Promise<Record<string, string>> {
  const result: Record<string, string> = {};
  for (const [name, call] of Object.entries(calls(under))) result[name] = await codeOf(call(path));
  return result;
}

for (const walk of ['proc', 'realpath'] as const) {
  t.test(walk, async (t) => {
    const under = await startDiskStore(t, { walk });
    const { root, store } = under;
    const outside = temporaryFolder(t);
    const secret = join(outside, 'secret');
    writeFileSync(secret, 'untouched');
    mkdirSync(join(outside, 'sub'));
    writeFileSync(join(root, 'plain'), 'plain');
    const untouched = (): void => {
      t.same(readdirSync(outside).sort(), ['secret', 'sub']);
      t.same(readdirSync(join(outside, 'sub')), []);
      t.equal(readFileSync(secret, 'utf8'), 'untouched');
    };

    for (const [name, target] of [
      ['to-file', secret],
      ['to-folder', outside],
      ['to-nothing', join(outside, 'new')],
      ['to-inside', 'plain'],
      ['to-itself', 'to-itself'],
    ] as const) {
      await t.test(`a symbolic link ${name}`, async (t) => {
        symlinkSync(target, join(root, name));
        t.same(await codes(under, name), {
          put: 'symlink',
          putEager: 'symlink',
          get: 'symlink',
          hash: 'symlink',
          list: 'symlink',
          renameFrom: 'symlink',
          renameTo: 'symlink',
          renameToIfAbsent: 'exists',
          mkdir: 'exists',
        });
        t.match(await store.stat(name), { type: 'symlink', size: 0 }, 'stat tells of the link itself');
        for (const below of ['secret', 'sub/x', 'new']) {
          const found = new Set(Object.values(await codes(under, `${name}/${below}`)));
          found.add(await codeOf(store.stat(`${name}/${below}`)));
          found.add(await codeOf(store.remove(`${name}/${below}`)));
          t.same([...found], ['symlink'], `${name}/${below}`);
        }
        const entries = await (await store.list('', name)).next(10);
        t.match(entries, [{ name, type: 'symlink', size: 0 }]);
        await store.remove(name);
        t.notOk(readdirSync(root).includes(name), 'the link itself can be removed');
        untouched();
      });
    }

    await t.test('what is neither file nor folder', async (t) => {
      const expected = {
        put: 'not-a-file',
        putEager: 'not-a-file',
        get: 'not-a-file',
        hash: 'not-a-file',
        list: 'not-a-folder',
        renameFrom: 'not-a-file',
        renameTo: 'not-a-file',
        renameToIfAbsent: 'exists',
        mkdir: 'exists',
      };
      execFileSync('mkfifo', [join(root, 'pipe')]);
      const server = net.createServer().listen(join(root, 'socket'));
      t.teardown(() => server.close());
      await new Promise((resolve) => server.once('listening', resolve));
      const names = ['pipe', 'socket'];
      try {
        execFileSync('mknod', [join(root, 'device'), 'c', '1', '5'], { stdio: 'ignore' });
        names.push('device');
      } catch {
        t.comment('devices are left out: making one is not permitted here');
      }
      for (const name of names) {
        t.same(await codes(under, name), expected, name);
        t.equal(await codeOf(store.remove(name)), 'not-a-file');
        t.match(await store.stat(name), { type: 'other', size: 0 });
      }
    });

    await t.test('a link that appears while an upload is under way', async (t) => {
      const content = contentOf(9);
      const upload = await send(under, 'late/file', content);
      symlinkSync(outside, join(root, 'late'));
      t.equal(await codeOf(upload.commit(content.length, rootOf(content))), 'symlink');
      t.equal(await codeOf(putEager(under, 'late/sub', content)), 'symlink');
      untouched();
    });
  });
}

t.test('a folder that is swapped for a link after it was opened', (t) => {
  const root = temporaryFolder(t);
  const outside = temporaryFolder(t);
  mkdirSync(join(root, 'a'));
  writeFileSync(join(root, 'a', 'file'), 'inside');
  writeFileSync(join(outside, 'file'), 'outside');
  const places = openPlaces(root);
  t.teardown(() => places.close());
  const { rootFd, privateFd } = places.config;
  const tree = new Tree(Folder.fromDescriptor(rootFd), Folder.fromDescriptor(privateFd));
  tree.within('a', (folder) => {
    renameSync(join(root, 'a'), join(root, 'b'));
    symlinkSync(outside, join(root, 'a'));
    const { fd } = openFile(folder, 'file');
    t.equal(readFileSync(fd, 'utf8'), 'inside');
  });
  t.throws(() => tree.open('a'), { code: 'symlink' });
  t.end();
});

t.test('a folder that is swapped for a link all the time', async (t) => {
  const under = await startDiskStore(t);
  const { root, store } = under;
  const outside = temporaryFolder(t);
  mkdirSync(join(root, 'swap'));
  mkdirSync(join(root, 'spare'));
  writeFileSync(join(root, 'swap', 'f'), 'inside');
  writeFileSync(join(outside, 'f'), 'outside');
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const swapper = new Worker(
    `const { renameSync, symlinkSync, unlinkSync } = require('node:fs');
     const { stop, swap, away, outside } = require('node:worker_threads').workerData;
     for (let made = 0; Atomics.load(stop, 0) === 0; ) {
       renameSync(swap, away);
       for (;;) {
         try {
           symlinkSync(outside, swap);
           unlinkSync(swap);
           renameSync(away, swap);
           break;
         } catch {
           // A put made the folder anew in between.
           try { renameSync(swap, away + made++); } catch {}
         }
       }
     }`,
    {
      eval: true,
      execArgv: [],
      workerData: { stop, swap: join(root, 'swap'), away: join(root, 'away'), outside },
    },
  );
  const gone = new Promise((resolve) => swapper.once('exit', resolve));
  await new Promise((resolve) => swapper.once('online', resolve));
  const seen = new Set<string>();
  for (let round = 0; round < 300; round++) {
    const results = await Promise.all([
      codeOf(putEager(under, `swap/new-${round}`, contentOf(4))),
      codeOf(store.mkdir(`swap/folder-${round}`)),
      codeOf(store.remove(`swap/new-${round - 1}`)),
      get(under, 'swap/f').then(String, (error: unknown) => (error as { code: string }).code),
    ]);
    results.forEach((result) => seen.add(result));
  }
  Atomics.store(stop, 0, 1);
  await gone;
  t.notOk(seen.has('outside'), [...seen].join(', '));
  t.same(readdirSync(outside), ['f']);
  t.equal(readFileSync(join(outside, 'f'), 'utf8'), 'outside');
});

t.test('the private folder under another spelling', (t) => {
  // A file system that folds names is imitated: the tree is told that an ordinary folder is the private one.
  const root = temporaryFolder(t);
  mkdirSync(join(root, '.slu\u034fice'));
  mkdirSync(join(root, 'ordinary'));
  const places = openPlaces(root);
  t.teardown(() => places.close());
  const folder = Folder.fromDescriptor(places.config.rootFd);
  const disguised = folder.open('.slu\u034fice');
  t.teardown(() => disguised.close());
  const tree = new Tree(folder, disguised);
  t.throws(() => tree.open('.slu\u034fice'), { code: 'reserved-name' });
  t.throws(() => tree.look(folder, '.slu\u034fice'), { code: 'reserved-name' });
  tree.within('ordinary', () => undefined);
  t.end();
});
