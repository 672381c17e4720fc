import { once } from 'node:events';
import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { partials, type Running, sluice, startServe, startSluice, temporaryFolder } from './command.js';

/** An upload over `old`, begun and not at its end. */
async function openUpload(t: Test, server: { url: string; dir: string }): Promise<Running> {
  writeFileSync(join(server.dir, 'old'), 'old');
  const upload = startSluice(t, ['put', '-', `${server.url}old`]);
  upload.child.stdin.write(Buffer.alloc(3_000_000));
  while (partials(server.dir).length === 0) await sluice(t, ['ls', server.url]);
  t.same(await sluice(t, ['ls', '-r', server.url]), { code: 0, stdout: 'old\n', stderr: '' }, 'no half file is listed');
  return upload;
}

t.test('kill -9 of a client: the old file stands, and the server keeps nothing', async (t) => {
  const server = await startServe(t);
  const upload = await openUpload(t, server);
  upload.child.kill('SIGKILL');
  t.match(await upload.result, { code: 'SIGKILL' });
  while (partials(server.dir).length > 0) await sluice(t, ['ls', server.url]);
  t.same(await sluice(t, ['ls', '-r', server.url]), { code: 0, stdout: 'old\n', stderr: '' });
  t.equal(readFileSync(join(server.dir, 'old'), 'utf8'), 'old');
});

for (const runtime of ['threads', 'processes']) {
  t.test(`kill -9 of a server (${runtime}): the old file stands, the next server removes what was left`, async (t) => {
    const server = await startServe(t, ['--runtime', runtime]);
    const upload = await openUpload(t, server);
    server.child.kill('SIGKILL');
    await once(server.child, 'exit');
    upload.child.stdin.end();
    t.match(await upload.result, { code: 1, stdout: '', stderr: /^sluice: [^\n]* \(connection-lost\)\n$/ });
    t.equal(readFileSync(join(server.dir, 'old'), 'utf8'), 'old');
    t.ok(partials(server.dir).length > 0, 'it had no time to tidy up');

    const next = await startServe(t, [], server.dir);
    t.same(partials(next.dir), []);
    t.same(await sluice(t, ['ls', '-r', next.url]), { code: 0, stdout: 'old\n', stderr: '' });
    t.same(await sluice(t, ['get', `${next.url}old`, '-']), { code: 0, stdout: 'old', stderr: '' });
  });
}

t.test('kill -9 of a server: a get leaves what stood there, and nothing else', async (t) => {
  const server = await startServe(t);
  // So large that it can't be done before the signal comes.
  writeFileSync(join(server.dir, 'file'), '');
  truncateSync(join(server.dir, 'file'), 2 ** 32);
  const cwd = temporaryFolder(t);
  writeFileSync(join(cwd, 'file'), 'old');
  const get = startSluice(t, ['get', `${server.url}file`], { cwd });
  while (readdirSync(cwd).length < 2 && get.child.exitCode === null) await new Promise(setImmediate);
  server.child.kill('SIGKILL');
  t.match(await get.result, { code: 1, stdout: '', stderr: /^sluice: [^\n]* \(connection-lost\)\n$/ });
  t.same(readdirSync(cwd), ['file']);
  t.equal(readFileSync(join(cwd, 'file'), 'utf8'), 'old');
});

t.test('a server that stops answering in the middle: the client gives up, and all stands', async (t) => {
  const server = await startServe(t);
  const upload = startSluice(t, ['put', '--timeout', '3', '-', `${server.url}old`]);
  writeFileSync(join(server.dir, 'old'), 'old');
  writeFileSync(join(server.dir, 'small'), 'new');
  upload.child.stdin.write(Buffer.alloc(3_000_000));
  while (partials(server.dir).length === 0) await sluice(t, ['ls', server.url]);
  server.child.kill('SIGSTOP');
  upload.child.stdin.end(Buffer.alloc(30_000_000));
  t.match(await upload.result, { code: 1, stdout: '', stderr: /^sluice: [^\n]* \(timeout\)\n$/ });
  const cwd = temporaryFolder(t);
  writeFileSync(join(cwd, 'small'), 'old');
  // The kernel still takes connections for it.
  t.match(await sluice(t, ['get', '--timeout', '0.3', `${server.url}small`], { cwd }), {
    code: 1,
    stdout: '',
    stderr: /^sluice: [^\n]* \(timeout\)\n$/,
  });
  t.same(readdirSync(cwd), ['small']);
  t.equal(readFileSync(join(cwd, 'small'), 'utf8'), 'old');
  server.child.kill('SIGCONT');
  while (partials(server.dir).length > 0) await sluice(t, ['ls', server.url]);
  t.equal(readFileSync(join(server.dir, 'old'), 'utf8'), 'old', 'when it goes on, nothing has come of the upload');
});
