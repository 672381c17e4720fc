import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { TreeItem } from '../../lib/client/api.js';
import { connect } from '../../lib/client/connect.js';
import { failureOf, greeted } from '../fixtures/raw-peer.js';
import { startServer, temporaryFolder } from '../fixtures/server.js';

/** Every file below a folder with its content. */
function contents(folder: string): Record<string, string> {
  const names = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => !name.startsWith('.sluice') && fs.lstatSync(join(folder, name)).isFile());
  return Object.fromEntries(files.sort().map((name) => [name, fs.readFileSync(join(folder, name), 'latin1')]));
}

const codes = (items: TreeItem[]): Record<string, string | undefined> =>
  Object.fromEntries(items.filter(({ error }) => error !== undefined).map(({ path, error }) => [path, error!.code]));

const { port, dir } = await startServer(t);
const client = await connect({ host: '127.0.0.1', port });
t.teardown(() => client.close());
t.beforeEach(() => {
  for (const name of fs.readdirSync(dir)) if (name !== '.sluice') fs.rmSync(join(dir, name), { recursive: true });
});

t.test('a tree goes up and comes down the same', async (t) => {
  const local = temporaryFolder(t);
  fs.mkdirSync(join(local, 'a/b/c'), { recursive: true });
  fs.mkdirSync(join(local, 'hollow/more'), { recursive: true });
  for (let i = 0; i < 300; i++) fs.writeFileSync(join(local, i % 2 ? 'a' : 'a/b/c', `f${i}`), `content ${i}`);
  fs.writeFileSync(join(local, 'größe'), Buffer.alloc(3_000_000, 'z'));
  fs.writeFileSync(join(local, 'empty'), '');
  const items: TreeItem[] = [];
  let done = 0;
  const up = await client.putTree(local, 'deep/tree', {
    onItem: (item) => items.push(item),
    onProgress: ({ bytes }) => (done = bytes),
  });
  const all = Object.values(contents(local)).join('').length;
  t.same(up, { files: 302, folders: 6, bytes: all, failed: 0 });
  t.equal(done, all);
  t.equal(items.length, 302);
  t.match(
    items.find(({ path }) => path === 'deep/tree/a/f1'),
    { localPath: join(local, 'a/f1'), size: 9 },
  );
  t.same(contents(join(dir, 'deep/tree')), contents(local));
  t.ok(fs.existsSync(join(dir, 'deep/tree/hollow/more')), 'an empty folder, too');
  const back = join(temporaryFolder(t), 'new/back');
  t.same(await client.getTree('deep/tree', back), { files: 302, folders: 6, bytes: all, failed: 0 });
  t.same(contents(back), contents(local));
  t.ok(fs.existsSync(join(back, 'hollow/more')));
  t.same(await client.putTree(local, ''), up, 'into the served folder itself');
});

t.test('what is not a regular file is a failed item, and the rest go on', async (t) => {
  const local = temporaryFolder(t);
  fs.writeFileSync(join(local, 'good'), 'g');
  fs.symlinkSync('/etc/passwd', join(local, 'link'));
  fs.symlinkSync('/etc', join(local, 'folder-link'));
  execFileSync('mkfifo', [join(local, 'fifo')]);
  fs.writeFileSync(join(local, 'back\\slash'), 'b');
  fs.mkdirSync(join(local, '.Sluice'));
  fs.writeFileSync(join(local, '.Sluice/file'), 'r');
  fs.writeFileSync(Buffer.concat([Buffer.from(`${local}/`), Buffer.from([0xff])]), 'l');
  const items: TreeItem[] = [];
  const summary = await client.putTree(local, 'up', { onItem: (item) => items.push(item) });
  t.same(codes(items), {
    'up/link': 'local-symlink',
    'up/folder-link': 'local-symlink',
    'up/fifo': 'local-not-a-file',
    'up/back\\slash': 'bad-path',
    'up/.Sluice/file': 'reserved-name',
    'up/\ufffd': 'local-bad-name',
  });
  t.match(summary, { files: 1, bytes: 1, failed: 6 });
  t.same(contents(dir), { 'up/good': 'g' });

  fs.symlinkSync('/etc/passwd', join(dir, 'up/link'));
  execFileSync('mkfifo', [join(dir, 'up/fifo')]);
  const down: TreeItem[] = [];
  const back = temporaryFolder(t);
  t.match(await client.getTree('up', back, { onItem: (item) => down.push(item) }), { files: 1, failed: 2 });
  t.same(codes(down), { 'up/link': 'symlink', 'up/fifo': 'not-a-file' });
  t.same(contents(back), { good: 'g' });
});

t.test('a tree that is not there', async (t) => {
  const local = temporaryFolder(t);
  t.match(await failureOf(client.putTree(join(local, 'none'), 'x')), { code: 'local-not-found' });
  fs.writeFileSync(join(local, 'file'), '');
  t.match(await failureOf(client.putTree(join(local, 'file'), 'x')), { code: 'local-not-a-folder' });
  t.match(await failureOf(client.getTree('none', join(local, 'new'))), { code: 'not-found' });
  t.notOk(fs.existsSync(join(local, 'new')), 'nothing was made for it');
  await client.put(join(local, 'file'), 'file');
  t.match(await failureOf(client.getTree('', join(local, 'file'))), { code: 'local-not-a-folder' });
});

t.test('names from a server are never used unchecked', async (t) => {
  const { client, peer } = await greeted(t);
  const outside = temporaryFolder(t);
  const items: TreeItem[] = [];
  const getting = client.getTree('r', join(outside, 'inside'), { onItem: (item) => items.push(item) });
  await peer.next('LIST', 1);
  const names = ['../evil', '..', '.', '', 'a/b', 'a\0b', '/etc/evil', 'a\\b', 'new\nline'];
  const file = (name: string) => [name, 'file', 1, 0];
  peer.send('ENTRIES', 1, { entries: [...names.map(file), ['..', 'folder', 0, 0], file('good')] });
  peer.send('RESULT', 1);
  t.same((await peer.next('GET')).fields, { path: 'r/good', credit: 1 });
  peer.sendWhole(3, Buffer.from('x'));
  t.match(await getting, { files: 1, failed: 10 });
  t.ok(items.every(({ error }) => error === undefined || error.code === 'local-bad-name'));
  t.same(contents(outside), { 'inside/good': 'x' });
  t.same(
    peer.seen.filter((name) => name === 'GET' || name === 'LIST'),
    [],
  );
});

t.test('a file that turns out larger than the listing said', async (t) => {
  const { client, peer } = await greeted(t);
  const folder = temporaryFolder(t);
  const getting = client.getTree('r', folder);
  await peer.next('LIST', 1);
  peer.send('ENTRIES', 1, { entries: [['grown', 'file', 10, 0]] });
  peer.send('RESULT', 1);
  await peer.next('GET');
  const content = Buffer.alloc(3_000_000, 7);
  peer.sendFile(3, content);
  await peer.next('CREDIT', 3);
  peer.sendChunk(3, 0, content.subarray(0, 1_048_576));
  peer.sendChunk(3, 1_048_576, content.subarray(1_048_576, 2_097_152));
  peer.sendChunk(3, 2_097_152, content.subarray(2_097_152));
  peer.sendError(3, 47, 'io-error');
  t.match(await getting, { files: 0, failed: 1 });
  t.same(contents(folder), {});
});

t.test('the end of the connection, and an abort, end the whole tree', async (t) => {
  const local = temporaryFolder(t);
  for (let i = 0; i < 50; i++) fs.writeFileSync(join(local, `f${i}`), 'x');
  const { client, peer } = await greeted(t, { streams: 3 });
  const reason = new Error('enough');
  const controller = new AbortController();
  const items: TreeItem[] = [];
  const onItem = (item: TreeItem): number => items.push(item);
  const first = failureOf(client.putTree(local, 'a', { signal: controller.signal, onItem }));
  for (const id of [1, 3, 5]) await peer.next('PUT', id);
  controller.abort(reason);
  t.equal(await first, reason);
  for (const id of [1, 3, 5]) {
    await peer.next('CANCEL', id);
    peer.sendError(id, 50, 'cancelled');
  }
  const second = failureOf(client.putTree(local, 'a', { onItem }));
  await peer.next('PUT');
  peer.socket.end();
  t.equal((await second)?.code, 'connection-lost');
  t.same(items, []);
});

t.test('ifAbsent: what is there stands, the rest is stored', async (t) => {
  const local = temporaryFolder(t);
  for (const name of ['taken', 'free']) fs.writeFileSync(join(local, name), 'new');
  fs.mkdirSync(join(dir, 'some'));
  fs.writeFileSync(join(dir, 'some/taken'), 'old');
  const items: TreeItem[] = [];
  const onItem = (item: TreeItem): number => items.push(item);
  t.match(await client.putTree(local, 'some', { ifAbsent: true, onItem }), { files: 1, failed: 1 });
  t.same(codes(items), { 'some/taken': 'exists' });
  t.same(contents(join(dir, 'some')), { free: 'new', taken: 'old' });
  for (const concurrency of [0, NaN]) {
    t.equal((await failureOf(client.putTree(local, 'some', { concurrency })))?.code, 'bad-argument');
  }
});
