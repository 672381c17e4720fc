import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { LocalFileError } from '../../lib/client/errors.js';
import { CHUNK, rootOf } from '../fixtures/naive-frames.js';
import { failureOf, greeted } from '../fixtures/raw-peer.js';
import { temporaryFolder } from '../fixtures/server.js';

const openFiles = (): number => fs.readdirSync('/proc/self/fd').length;

t.test('local files that cannot be put', async (t) => {
  const { client, peer } = await greeted(t);
  const folder = temporaryFolder(t);
  fs.writeFileSync(join(folder, 'file'), 'x');
  execFileSync('mkfifo', [join(folder, 'fifo')]);
  fs.symlinkSync('loop', join(folder, 'loop'));
  const before = openFiles();
  for (const [name, code] of [
    ['missing', 'local-not-found'],
    ['missing/file', 'local-not-found'],
    ['file/below', 'local-not-a-folder'],
    ['.', 'local-is-folder'],
    ['fifo', 'local-not-a-file'],
    ['../../../../../../../../dev/null', 'local-not-a-file'],
    ['n'.repeat(300), 'local-bad-name'],
    ['loop', 'local-io-error'],
    ['../../../../../../../../proc/self/status', 'source-changed'],
  ] as const) {
    const error = await failureOf(client.put(join(folder, name), 'a'));
    t.ok(error instanceof LocalFileError, name);
    t.match(error, { code, path: join(folder, name), message: "'" }, name);
  }
  t.equal(openFiles(), before, 'none stays open');
  t.same(peer.seen, [], 'the server hears of none');
});

t.test('a file that may not be read', async (t) => {
  const asRoot = process.getuid?.() === 0;
  const { client } = await greeted(t);
  const folder = temporaryFolder(t);
  fs.writeFileSync(join(folder, 'secret'), 'x', { mode: 0o000 });
  fs.chmodSync(folder, 0o755);
  // Loaded at the first put, which the other user may have no right to.
  await import('../../lib/client/uploads.js');
  if (asRoot) process.seteuid!(65_534);
  try {
    t.match(await failureOf(client.put(join(folder, 'secret'), 'a')), { code: 'local-permission-denied' });
  } finally {
    if (asRoot) process.seteuid!(0);
  }
});

t.test('a symbolic link that the user names is followed', async (t) => {
  const { client, peer } = await greeted(t);
  const folder = temporaryFolder(t);
  fs.writeFileSync(join(folder, 'file'), 'content');
  fs.symlinkSync('file', join(folder, 'link'));
  const putting = client.put(join(folder, 'link'), 'a');
  t.match(await peer.next('DATA'), { payload: Buffer.from('content') });
  peer.sendPublished(1, Buffer.from('content'));
  await putting;
});

for (const [what, change] of Object.entries({
  'is written to': (file: string) => fs.writeFileSync(file, Buffer.alloc(2 * CHUNK, 9)),
  grows: (file: string) => fs.appendFileSync(file, 'x'),
  'is cut': (file: string) => fs.truncateSync(file, CHUNK + 1),
  'is touched': (file: string) => fs.utimesSync(file, 1, 1),
})) {
  t.test(`a file that ${what} while it is sent`, async (t) => {
    const { client, peer } = await greeted(t);
    const file = join(temporaryFolder(t), 'file');
    fs.writeFileSync(file, Buffer.alloc(2 * CHUNK, 1));
    const before = openFiles();
    const putting = failureOf(client.put(file, 'a'));
    await peer.next('PUT');
    peer.send('CREDIT', 1, { chunks: 1 }, 1);
    await peer.chunk(1);
    change(file);
    peer.send('CREDIT', 1, { chunks: 2 }, 1);
    t.match(await putting, { code: 'source-changed', name: 'LocalFileError' });
    await peer.next('CANCEL');
    t.notOk(peer.seen.includes('COMMIT'));
    t.equal(openFiles(), before);
  });
}

t.test('many files at once need few descriptors and buffers', async (t) => {
  const { client, peer } = await greeted(t, { streams: 4 });
  const file = join(temporaryFolder(t), 'file');
  const content = Buffer.alloc(CHUNK + 1, 5);
  fs.writeFileSync(file, content);
  const before = openFiles();
  const puts = Array.from({ length: 40 }, (_, i) => client.put(file, `f${i}`));
  for (let i = 0; i < 40; i++) {
    const { stream } = await peer.next('PUT');
    t.ok(openFiles() - before <= 4);
    peer.send('CREDIT', stream, { chunks: 2 }, 1);
    t.same((await peer.next('COMMIT', stream)).fields['root'], rootOf(content));
    peer.sendPublished(stream, content);
  }
  await Promise.all(puts);
  t.equal(openFiles(), before);
});
