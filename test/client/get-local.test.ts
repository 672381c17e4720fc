import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { LocalFileError } from '../../lib/client/errors.js';
import { CHUNK } from '../fixtures/naive-frames.js';
import { failureOf, greeted } from '../fixtures/raw-peer.js';
import { temporaryFolder } from '../fixtures/server.js';

const openFiles = (): number => fs.readdirSync('/proc/self/fd').length;

t.test('destinations that cannot be written', async (t) => {
  const { client, peer } = await greeted(t);
  const folder = temporaryFolder(t);
  fs.writeFileSync(join(folder, 'file'), 'x');
  fs.mkdirSync(join(folder, 'folder'));
  execFileSync('mkfifo', [join(folder, 'fifo')]);
  const before = openFiles();
  const names = fs.readdirSync(folder);
  let id = 1;
  for (const [name, code] of [
    ['missing/file', 'local-not-found'],
    ['file/below', 'local-not-a-folder'],
    ['folder', 'local-is-folder'],
    ['fifo', 'local-not-a-file'],
    ['../../../../../../../../dev/null', 'local-not-a-file'],
    ['n'.repeat(300), 'local-bad-name'],
  ] as const) {
    const getting = failureOf(client.get('a', join(folder, name)));
    await peer.next('GET', id);
    peer.sendFile(id, Buffer.alloc(CHUNK));
    const error = await getting;
    t.ok(error instanceof LocalFileError, name);
    t.match(error, { code, path: join(folder, name), message: "cannot write '" }, name);
    await peer.next('CANCEL', id);
    id += 2;
  }
  t.same(fs.readdirSync(folder), names);
  t.equal(openFiles(), before);
});

t.test('a folder that may not be written', async (t) => {
  const asRoot = process.getuid?.() === 0;
  const { client, peer } = await greeted(t);
  const folder = temporaryFolder(t);
  fs.chmodSync(folder, 0o555);
  const getting = failureOf(client.get('a', join(folder, 'a')));
  await peer.next('GET');
  if (asRoot) process.seteuid!(65_534);
  peer.sendWhole(1, Buffer.from('x'));
  const error = await getting;
  if (asRoot) process.seteuid!(0);
  t.match(error, { code: 'local-permission-denied' });
});

t.test('a long name has room for the temporary one beside it; a link is replaced, not followed', async (t) => {
  const { client, peer } = await greeted(t);
  const folder = temporaryFolder(t);
  const long = join(folder, '\u{1F600}'.repeat(63));
  const first = client.get('a', long);
  await peer.next('GET');
  peer.sendWhole(1, Buffer.from('x'));
  await first;
  t.equal(fs.readFileSync(long, 'latin1'), 'x');
  fs.symlinkSync(long, join(folder, 'link'));
  const second = client.get('a', join(folder, 'link'));
  await peer.next('GET');
  peer.sendWhole(3, Buffer.from('y'));
  await second;
  t.ok(fs.lstatSync(join(folder, 'link')).isFile());
  t.equal(fs.readFileSync(long, 'latin1'), 'x');
});

/** A file system of 2 MiB; undefined where this process may not mount one. */
function smallDisk(t: Parameters<typeof temporaryFolder>[0]): string | undefined {
  const folder = temporaryFolder(t);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  t.teardown(() => execFileSync('umount', ['-l', folder]));
  return folder;
}

t.test('no space is left', async (t) => {
  const disk = smallDisk(t);
  if (disk === undefined) {
    t.comment('left out: needs the right to mount');
    return;
  }
  const { client, peer } = await greeted(t);
  const file = join(disk, 'file');
  fs.writeFileSync(file, 'old');
  const content = Buffer.alloc(4 * CHUNK, 1);
  const getting = failureOf(client.get('a', file));
  await peer.next('GET');
  peer.sendWhole(1, content);
  t.match(await getting, { code: 'local-no-space', message: 'no space is left' });
  t.same(fs.readdirSync(disk), ['file']);
  t.equal(fs.readFileSync(file, 'latin1'), 'old');
  // The same for a file that is written in one go.
  const fill = (): never => {
    for (;;) fs.appendFileSync(join(disk, 'filler'), Buffer.alloc(4_096));
  };
  t.throws(fill, { code: 'ENOSPC' });
  const small = failureOf(client.get('a', file));
  await peer.next('GET', 3);
  peer.sendWhole(3, Buffer.alloc(60_000, 1));
  t.match(await small, { code: 'local-no-space' });
  t.same(fs.readdirSync(disk), ['file', 'filler']);
});
