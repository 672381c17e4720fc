import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { DIST, firstLine, sluice, startScript, startServe, startSluice, temporaryFolder } from './command.js';

t.test('one line on stdout says where it listens', async (t) => {
  const server = await startServe(t);
  t.match(server.line, /^listening on 127\.0\.0\.1:\d+$/);
  server.child.kill('SIGTERM');
  const { code, stdout } = await server.result;
  t.equal(code, 0);
  t.equal(stdout, `${server.line}\n`);
});

t.test('IPv6 stands in brackets', async (t) => {
  const server = startSluice(t, ['serve', temporaryFolder(t), '--host', '::1', '--port', '0', '--workers', '1']);
  const line = await firstLine(server).catch(() => undefined);
  if (line === undefined) {
    t.comment('no IPv6 here');
    return;
  }
  t.match(line, /^listening on \[::1\]:\d+$/);
  t.match(await sluice(t, ['ls', `sluice://${line.replace('listening on ', '')}/`]), { code: 0 });
});

t.test('what it refuses', async (t) => {
  const server = await startServe(t);
  const port = server.line.replace(/.*:/, '');
  const other = temporaryFolder(t);
  writeFileSync(join(other, 'file'), '');
  const cases: [string[], number, RegExp][] = [
    [[other, '--port', port], 1, /\(port-in-use\)\n$/],
    [[server.dir, '--port', '0'], 1, /served already.*\(folder-in-use\)\n$/],
    [[join(other, 'none')], 1, /\(not-a-folder\)\n$/],
    [[join(other, 'file')], 1, /\(not-a-folder\)\n$/],
    [[other, '--host', '0.0.0.0', '--port', '0'], 2, /--insecure.*\(insecure-listen\)\n$/],
    [[other, '--host', '::', '--port', '0'], 2, /\(insecure-listen\)\n$/],
    [[other, '--memory', '1KiB', '--port', '0'], 2, /\(bad-option\)\n$/],
  ];
  for (const [words, code, stderr] of cases) {
    const result = await sluice(t, ['serve', ...words]);
    t.match(result, { code, stdout: '', stderr }, words.join(' '));
    t.match(result.stderr, /^sluice: [^\n]*\n$/, 'one line');
  }
  t.match(await sluice(t, ['ls', server.url]), { code: 0 }, 'the first server goes on');
});

t.test('the base64 protocol is served, turned off, and served to clients without terminator', async (t) => {
  const list = (line: string, request: string): Promise<string> => {
    const socket = connect(Number(line.replace(/.*:/, '')), '127.0.0.1');
    socket.end(request);
    return text(socket);
  };
  const upload = 'UPLOAD a.bin aGVsbG8=';
  const [plain, off, loose] = await Promise.all(
    [[], ['--no-legacy'], ['--legacy-unterminated']].map((words) => startServe(t, words)),
  );
  t.equal(await list(plain!.line, 'LIST\r\n\r\n'), '{"status": "OK", "data": []}\r\n\r\n');
  t.match(await list(plain!.line, upload), /"ERROR"/);
  t.match(await list(off!.line, 'LIST\r\n\r\n'), /"ERROR".*base64 protocol/);
  t.match(await sluice(t, ['ls', off!.url]), { code: 0 });
  t.match(await list(loose!.line, upload), /"OK"/);
  t.equal(readFileSync(join(loose!.dir, 'a.bin'), 'utf8'), 'hello');
});

t.test('both runtimes and both grades serve', async (t) => {
  const local = temporaryFolder(t);
  writeFileSync(join(local, 'file'), 'content');
  for (const words of [
    ['--runtime', 'processes'],
    ['--durability', 'durable', '--max-connections', '1'],
  ]) {
    const server = await startServe(t, words);
    t.match(await sluice(t, ['put', join(local, 'file'), server.url]), { code: 0, stderr: '' }, words.join(' '));
    t.equal(readFileSync(join(server.dir, 'file'), 'utf8'), 'content');
    server.child.kill('SIGINT');
    t.match(await server.result, { code: 0 });
  }
});

/** An upload that has begun and is not at its end: the served folder's partial shows it. */
async function openUpload(t: Tap, server: { url: string; dir: string }) {
  const upload = startSluice(t, ['put', '-', `${server.url}slow`]);
  // More than is sent without credit, so that part of it is surely on its way.
  upload.child.stdin.write(Buffer.alloc(3_000_000));
  while (!isUnderWay(server.dir)) await sluice(t, ['ls', server.url]);
  return upload;
}
type Tap = Parameters<typeof startSluice>[0];

function isUnderWay(dir: string): boolean {
  return readdirSync(join(dir, '.sluice'), { recursive: true, withFileTypes: true }).some(
    (entry) => entry.isFile() && entry.parentPath !== join(dir, '.sluice'),
  );
}

t.test('SIGTERM finishes what is open, and refuses what is new', async (t) => {
  const server = await startServe(t);
  const upload = await openUpload(t, server);
  server.child.kill('SIGTERM');
  // Refused from the moment the signal arrives; until then an answer is right as well.
  let late = await sluice(t, ['ls', server.url]);
  while (late.code === 0) late = await sluice(t, ['ls', server.url]);
  t.match(late, { code: 1, stderr: /\((connection-refused|shutting-down)\)\n$/ });
  upload.child.stdin.end(Buffer.alloc(500_000));
  t.match(await upload.result, { code: 0, stderr: '' });
  t.match(await server.result, { code: 0 });
  t.equal(readFileSync(join(server.dir, 'slow')).length, 3_500_000);
});

t.test('a second signal ends it at once', async (t) => {
  const server = await startServe(t);
  const upload = await openUpload(t, server);
  server.child.kill('SIGTERM');
  let late = await sluice(t, ['ls', server.url]);
  while (late.code === 0) late = await sluice(t, ['ls', server.url]);
  server.child.kill('SIGINT');
  t.match(await server.result, { code: 1 });
  t.match(await upload.result, { code: 1, stderr: /^sluice: [^\n]*\n$/ });
  t.notOk(readdirSync(server.dir).includes('slow'), 'no half file');

  const again = await startServe(t, [], server.dir);
  t.notOk(isUnderWay(server.dir), 'the next server removes what was left');
  again.child.kill('SIGTERM');
  await once(again.child, 'exit');
});

t.test('npm start makes ./files and serves it', async (t) => {
  const cwd = temporaryFolder(t);
  const server = startScript(t, join(DIST, 'lib/cli/start.js'), ['--port', '0', '--workers', '1'], { cwd });
  const line = await firstLine(server);
  t.same(readdirSync(cwd), ['files']);
  t.match(await sluice(t, ['ls', `sluice://${line.replace('listening on ', '')}/`]), { code: 0, stdout: '' });
  server.child.kill('SIGTERM');
  t.match(await server.result, { code: 0 });

  mkdirSync(join(cwd, 'other'));
  const named = startScript(t, join(DIST, 'lib/cli/start.js'), ['other', '--port', '0', '--workers', '1'], { cwd });
  await firstLine(named);
  t.ok(readdirSync(join(cwd, 'other')).includes('.sluice'));
});
