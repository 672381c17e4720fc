import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import process from 'node:process';
import t from 'tap';
import { partials, sluice, startServe, startSluice, temporaryFolder } from './command.js';

const { url, dir } = await startServe(t);
const local = temporaryFolder(t);
writeFileSync(join(local, 'file'), 'content');

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

t.test('nobody listens', async (t) => {
  const server = createServer();
  const port = await listen(server);
  server.close();
  await once(server, 'close');
  t.match(await sluice(t, ['put', join(local, 'file'), `sluice://127.0.0.1:${port}/x`]), {
    code: 1,
    stdout: '',
    stderr: /^sluice: .*127\.0\.0\.1:\d+ refused the connection.* \(connection-refused\)\n$/,
  });
  const { code, stdout } = await sluice(t, [
    'get',
    '--json',
    `sluice://127.0.0.1:${port}/a`,
    `sluice://127.0.0.1:${port}/b`,
  ]);
  t.equal(code, 1);
  t.match(
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
    [
      { op: 'get', path: 'a', error: { code: 'connection-refused' } },
      { op: 'get', path: 'b', error: { code: 'connection-refused' } },
    ],
  );
});

t.test('the host is not known', async (t) => {
  t.match(await sluice(t, ['ls', 'sluice://no-such-host.invalid/']), { code: 1, stderr: /\(unknown-host\)\n$/ });
});

t.test('something else answers', async (t) => {
  const other = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
  });
  const port = await listen(other);
  t.teardown(() => other.close());
  t.match(await sluice(t, ['ls', `sluice://127.0.0.1:${port}/`]), { code: 1, stderr: /\(not-sluice\)\n$/ });
});

t.test('nothing answers', async (t) => {
  const silent = createServer((socket) => socket.on('error', () => undefined).resume());
  const port = await listen(silent);
  t.teardown(() => silent.close());
  t.match(await sluice(t, ['ls', '--timeout', '0.3', `sluice://127.0.0.1:${port}/`]), {
    code: 1,
    stderr: /\(timeout\)\n$/,
  });
});

t.test('local files', async (t) => {
  const cwd = temporaryFolder(t);
  t.match(await sluice(t, ['put', 'missing', url], { cwd }), {
    code: 1,
    stderr: "sluice: cannot read 'missing': there is no such file or folder (local-not-found)\n",
  });
  mkdirSync(join(cwd, 'folder'));
  t.match(await sluice(t, ['put', 'folder', url], { cwd }), {
    code: 1,
    stderr: 'sluice: folder: it is a folder; add -r to put it with all that is in it (not-a-file)\n',
  });
  execFileSync('mkfifo', [join(cwd, 'fifo')]);
  t.match(await sluice(t, ['put', 'fifo', url], { cwd }), { code: 1, stderr: /fifo/ }, 'a FIFO is not waited for');
  t.match(await sluice(t, ['get', `${url}x`, 'no/such/folder'], { cwd }), { code: 1 });
  t.same(readdirSync(cwd).sort(), ['fifo', 'folder']);
  t.same(readdirSync(dir), ['.sluice'], 'nothing was stored');
});

t.test('a file that this user may not read', async (t) => {
  const cwd = temporaryFolder(t);
  chmodSync(cwd, 0o755);
  writeFileSync(join(cwd, 'secret'), 'x', { mode: 0o000 });
  // Root may read everything, so it becomes nobody.
  const uid = process.getuid?.() === 0 ? { uid: 65_534 } : {};
  t.match(await sluice(t, ['put', 'secret', url], { cwd, ...uid }), {
    code: 1,
    stderr: /^sluice: cannot read 'secret': .* \(local-permission-denied\)\n$/,
  });
  t.same(readdirSync(dir), ['.sluice']);
});

t.test('remote names', async (t) => {
  writeFileSync(join(dir, 'real'), 'x');
  symlinkSync('real', join(dir, 'link'));
  mkdirSync(join(dir, 'folder'));
  execFileSync('mkfifo', [join(dir, 'fifo')]);
  const cases: [string, string][] = [
    ['../x', 'bad-path'],
    ['a/../x', 'bad-path'],
    ['%2e%2e/x', 'bad-path'],
    ['/etc/passwd', 'bad-path'],
    ['a%00b', 'bad-path'],
    ['a%0Ab', 'bad-path'],
    ['a\\b', 'bad-path'],
    ['a//b', 'bad-path'],
    ['n'.repeat(256), 'bad-path'],
    [Array.from({ length: 20 }, () => 'n'.repeat(250)).join('/'), 'bad-path'],
    ['.sluice/x', 'reserved-name'],
    ['.SLUICE', 'reserved-name'],
    ['link', 'symlink'],
    ['link/x', 'symlink'],
    ['real/x', 'not-a-folder'],
    ['folder', 'not-a-file'],
    ['fifo', 'not-a-file'],
  ];
  const before = readdirSync(dir).sort();
  for (const [path, code] of cases) {
    const shown = path.slice(0, 30);
    const put = await sluice(t, ['put', '--json', join(local, 'file'), url + path]);
    t.match(
      { ...put, stdout: JSON.parse(put.stdout) as unknown },
      { code: 1, stdout: { error: { code } } },
      `put ${shown}`,
    );
    t.match(put.stderr, /^sluice: [^\n]*\n$/, 'one line');
  }
  t.same(readdirSync(dir).sort(), before, 'nothing was stored');
});

t.test('remote names that are no files of this server, in the other commands', async (t) => {
  // The folder as the test above left it.
  const cwd = temporaryFolder(t);
  const cases: [string[], string][] = [
    [['get', 'link'], 'symlink'],
    [['get', 'link/x'], 'symlink'],
    [['get', 'fifo'], 'not-a-file'],
    [['get', 'folder'], 'not-a-file'],
    [['get', '.sluice/lock'], 'reserved-name'],
    [['get', '%2e%2e/x'], 'bad-path'],
    [['get', '-r', 'link'], 'symlink'],
    [['ls', 'link'], 'symlink'],
    [['ls', '.Sluice'], 'reserved-name'],
    [['hash', '--algorithm', 'sha256', 'fifo'], 'not-a-file'],
    [['rm', '.sluice'], 'reserved-name'],
    [['rm', '../x'], 'bad-path'],
    [['mkdir', 'link/new'], 'symlink'],
    [['mkdir', '.sluice/new'], 'reserved-name'],
  ];
  const before = readdirSync(dir).sort();
  for (const [words, code] of cases) {
    const result = await sluice(t, [...words.slice(0, -1), url + words.at(-1)!], { cwd });
    t.match(result, { code: 1, stdout: '' }, words.join(' '));
    t.match(result.stderr, new RegExp(`^sluice: [^\\n]* \\(${code}\\)\\n$`));
  }
  for (const to of ['../x', '.sluice/x', 'link/x']) {
    t.match(await sluice(t, ['mv', `${url}real`, to]), { code: 1, stderr: /\((bad-path|reserved-name|symlink)\)\n$/ });
  }
  t.same(readdirSync(dir).sort(), before, 'nothing went or came');
  t.same(readdirSync(cwd), []);
  const { stdout } = await sluice(t, ['ls', '--json', url]);
  const types = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { path: string; type: string });
  t.equal(types.find(({ path }) => path === 'link')?.type, 'symlink', 'ls shows what it is');
});

t.test('more connections than the server takes', async (t) => {
  const one = await startServe(t, ['--max-connections', '1']);
  const held = startSluice(t, ['put', '-', `${one.url}held`]);
  held.child.stdin.write(Buffer.alloc(3_000_000));
  while (partials(one.dir).length === 0) await new Promise(setImmediate);
  t.match(await sluice(t, ['put', join(local, 'file'), `${one.url}late`]), {
    code: 1,
    stdout: '',
    stderr: /^sluice: [^\n]* \(too-many-connections\)\n$/,
  });
  held.child.stdin.end();
  t.match(await held.result, { code: 0, stderr: '' }, 'the one that is there goes on');
  t.same(readdirSync(one.dir).sort(), ['.sluice', 'held']);
});
