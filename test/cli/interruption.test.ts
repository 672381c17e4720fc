import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { sluice, startServe, startSluice, temporaryFolder } from './command.js';

type Tap = Parameters<typeof startSluice>[0];

/** Passes bytes on to a server until so many have come back; then the server seems to have stopped. */
async function startValve(t: Tap, serverPort: number, limit: number): Promise<{ url: string; full: Promise<void> }> {
  const sockets = new Set<Socket>();
  let onFull: () => void;
  const full = new Promise<void>((resolve) => (onFull = resolve));
  const valve = createServer((near) => {
    const far = connect(serverPort, '127.0.0.1');
    let passed = 0;
    for (const socket of [near, far]) sockets.add(socket.on('error', () => undefined));
    near.pipe(far);
    far.on('data', (bytes: Buffer) => {
      passed += bytes.length;
      near.write(bytes);
      if (passed < limit) return;
      far.pause();
      onFull();
    });
    near.on('close', () => far.destroy());
  }).listen(0, '127.0.0.1');
  await once(valve, 'listening');
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    valve.close();
  });
  return { url: `sluice://127.0.0.1:${(valve.address() as AddressInfo).port}/`, full };
}

t.test('SIGINT in a get leaves the old file and nothing else', async (t) => {
  const server = await startServe(t);
  writeFileSync(join(server.dir, 'big'), randomBytes(8_000_000));
  const valve = await startValve(t, Number(server.line.replace(/.*:/, '')), 2_000_000);
  const cwd = temporaryFolder(t);
  writeFileSync(join(cwd, 'big'), 'old');
  const get = startSluice(t, ['get', `${valve.url}big`], { cwd });
  await valve.full;
  get.child.kill('SIGINT');
  t.same(await get.result, { code: 130, stdout: '', stderr: 'sluice: interrupted\n' });
  t.same(readdirSync(cwd), ['big']);
  t.equal(readFileSync(join(cwd, 'big'), 'utf8'), 'old');
});

t.test('SIGINT and SIGTERM in a put leave the old file on the server', async (t) => {
  const server = await startServe(t);
  writeFileSync(join(server.dir, 'file'), 'old');
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    const put = startSluice(t, ['put', '-', `${server.url}file`]);
    put.child.stdin.write(Buffer.alloc(3_000_000));
    // The server has begun when its list of open partials shows one.
    while (partials(server.dir).length === 0) await sluice(t, ['ls', server.url]);
    put.child.kill(signal);
    t.same(await put.result, { code, stdout: '', stderr: 'sluice: interrupted\n' }, signal);
    while (partials(server.dir).length > 0) await sluice(t, ['ls', server.url]);
    t.equal(readFileSync(join(server.dir, 'file'), 'utf8'), 'old');
  }
});

function partials(dir: string): string[] {
  const root = join(dir, '.sluice');
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.parentPath !== root)
    .map(({ name }) => name);
}

t.test('a reader that goes away ends the command', async (t) => {
  const server = await startServe(t);
  writeFileSync(join(server.dir, 'big'), randomBytes(8_000_000));
  const get = startSluice(t, ['get', `${server.url}big`, '-']);
  // It can't be collected to its end: the end is what goes away.
  get.result.catch(() => undefined);
  await once(get.child.stdout, 'data');
  get.child.stdout.destroy();
  const [code] = (await once(get.child, 'exit')) as [number];
  t.equal(code, 1);
});
