import { createHash, randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import t from 'tap';
import { connect } from '../../lib/client/connect.js';
import { failureOf } from '../fixtures/raw-peer.js';
import { startServer, temporaryFolder } from '../fixtures/server.js';

const SIZES = [0, 1, 4_095, 4_096, 4_097, 65_536, 65_537, 1_048_575, 1_048_576, 1_048_577, 3_145_728, 10_000_001];

for (const socketPath of ['direct', 'plain'] as const) {
  const { port, dir } = await startServer(t, { socketPath });
  for (const algorithms of [['sha256'], ['blake3', 'sha256']] as const) {
    t.test(`every size, every source and target (${socketPath}, ${algorithms[0]})`, async (t) => {
      const client = await connect({ host: '127.0.0.1', port }, { socketPath, algorithms });
      t.teardown(() => client.close());
      t.equal(client.algorithm, algorithms[0]);
      const folder = temporaryFolder(t);
      const [source, target] = [join(folder, 'source'), join(folder, 'target')];
      for (const size of SIZES) {
        const content = randomBytes(size);
        fs.writeFileSync(source, content, { mode: 0o600 });
        fs.utimesSync(source, 1_500_000_000, 1_500_000_000.5);
        const pieces = Array.from({ length: Math.ceil(size / 100_000) }, (_, i) =>
          content.subarray(i * 100_000, (i + 1) * 100_000),
        );
        const put = await client.put(source, `f/${size}`);
        const { root } = put;
        t.match(put, { size, mtimeMs: 1_500_000_000_500, durable: false });
        t.match(await client.put(content, `b/${size}`), { root, size });
        t.match(await client.put(Readable.from(pieces), `r/${size}`), { root, size });
        for (const kind of 'fbr')
          t.ok(fs.readFileSync(join(dir, kind, String(size))).equals(content), `${kind}/${size}`);
        t.match(await client.get(`b/${size}`, target), { root, size });
        t.ok(fs.readFileSync(target).equals(content));
        await client.get(`f/${size}`, target);
        t.equal(Math.floor(fs.statSync(target).mtimeMs * 1000), 1_500_000_000_500_000);
        t.equal(fs.statSync(target).mode & 0o777, 0o600);
        t.ok(content.equals((await client.getBuffer(`f/${size}`)).content));
        t.ok(content.equals(Buffer.concat((await client.getStream(`f/${size}`).toArray()) as Buffer[])));
        const { digest } = await client.hash(`f/${size}`, 'sha256');
        t.equal(digest, createHash('sha256').update(content).digest('hex'));
      }
      t.same(fs.readdirSync(folder).sort(), ['source', 'target']);
    });
  }
}

const { port } = await startServer(t);
const client = await connect(`sluice://127.0.0.1:${port}`);
t.teardown(() => client.close());

t.test('ranges', async (t) => {
  const content = randomBytes(3_000_000);
  const { version } = await client.put(content, 'file');
  const target = join(temporaryFolder(t), 'target');
  for (const [first, last] of [
    [0, 0],
    [0, undefined],
    [1_048_575, 1_048_576],
    [1_048_576, 2_097_151],
    [5, 2_999_999],
    [2_999_999, undefined],
    [2_000_000, 9_000_000],
  ] as const) {
    const range = { first, last };
    const wanted = content.subarray(first, (last ?? content.length) + 1);
    await client.get('file', target, { range, ifMatch: version });
    t.ok(fs.readFileSync(target).equals(wanted), JSON.stringify(range));
    t.ok(wanted.equals((await client.getBuffer('file', { range })).content));
  }
  t.match(await failureOf(client.get('file', target, { range: { first: 3_000_000 } })), { code: 'bad-range' });
  t.match(await failureOf(client.get('file', target, { ifMatch: 'other' })), { code: 'precondition-failed' });
});

t.test('the other operations, and their errors', async (t) => {
  const { version } = await client.put(Buffer.from('one'), 'folder/a', { ifAbsent: true, mode: 0o640, mtimeMs: 5_000 });
  t.same(await client.stat('folder/a'), {
    path: 'folder/a',
    type: 'file',
    size: 3,
    mtimeMs: 5_000,
    mode: 0o640,
    version,
  });
  t.match(await failureOf(client.put(Buffer.from('two'), 'folder/a', { ifAbsent: true })), { code: 'exists' });
  t.match(await failureOf(client.put(Buffer.from('two'), 'folder/a', { ifMatch: 'x' })), {
    code: 'precondition-failed',
  });
  await client.put(Buffer.from('two'), 'folder/a', { ifMatch: version });
  await client.put(Buffer.from('b'), 'folder/b');
  await client.mkdir('folder/sub');
  t.match(await failureOf(client.mkdir('folder/sub')), { code: 'exists' });
  const names = async (path: string, prefix?: string): Promise<string[]> => {
    const found: string[] = [];
    for await (const { name, type } of client.list(path, { prefix })) found.push(`${type} ${name}`);
    return found;
  };
  t.same(await names('', 'folder'), ['folder folder']);
  t.same(await names('folder'), ['file a', 'file b', 'folder sub']);
  t.same(await names('folder', 'b'), ['file b']);
  t.match(await failureOf(names('none')), { code: 'not-found' });
  t.match(await failureOf(client.rename('folder/a', 'folder/b', { ifAbsent: true })), { code: 'exists' });
  await client.rename('folder/a', 'elsewhere/c');
  t.same(await names('folder'), ['file b', 'folder sub']);
  t.match(await failureOf(client.remove('folder')), { code: 'not-empty' });
  await client.remove('folder/sub');
  await client.remove('folder/b');
  t.match(await failureOf(client.remove('folder/b')), { code: 'not-found' });
  for (const [path, code] of [
    ['../x', 'bad-path'],
    ['/x', 'bad-path'],
    ['a\0b', 'bad-path'],
    ['n'.repeat(256), 'bad-path'],
    ['.sluice/x', 'reserved-name'],
    ['', 'bad-path'],
    ['folder', 'not-a-file'],
  ] as const) {
    t.match(await failureOf(client.put(Buffer.from('x'), path)), { code, name: 'RemoteError' }, `put ${path}`);
    t.match(await failureOf(client.put(Readable.from(['x']), path)), { code }, `put of a stream ${path}`);
    t.match(await failureOf(client.getBuffer(path)), { code }, `get ${path}`);
  }
});
