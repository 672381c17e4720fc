import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import t from 'tap';
import { connect } from '../../../lib/client/connect.js';
import type { Client } from '../../../lib/client/api.js';
import { large, randomFile, roomFor } from '../../fixtures/large.js';
import { type OldServerScript, startOldServer } from '../../fixtures/old-server.js';
import { failureOf } from '../../fixtures/raw-peer.js';
import { startServer, temporaryFolder } from '../../fixtures/server.js';

/** The client against servers of others (Python programs that share no line with it), and against this one. */

type LegacyDialect = 'legacy-json' | 'legacy-text';

const namesOf = async (client: Client): Promise<string[]> => {
  const names: string[] = [];
  for await (const { name } of client.list('')) names.push(name);
  return names;
};

async function clientOf(
  t: { teardown(fn: () => unknown): void },
  port: number,
  protocol: LegacyDialect,
): Promise<Client> {
  const client = await connect({ host: '127.0.0.1', port }, { protocol });
  t.teardown(() => client.close());
  return client;
}

interface Run {
  readonly script: OldServerScript | 'own';
  readonly options?: readonly string[];
  readonly protocol: LegacyDialect;
  readonly sizes?: readonly number[];
}

const SIZES = [0, 1, 2, 3, 4_000, 1_048_576, 3_500_000];
const runs: readonly Run[] = [
  { script: 'own', protocol: 'legacy-json' },
  { script: 'own', protocol: 'legacy-text' },
  { script: 'json_server', protocol: 'legacy-json' },
  { script: 'json_server', protocol: 'legacy-json', options: ['--content', 'file_content', '--error', 'message'] },
  { script: 'json_server', protocol: 'legacy-json', options: ['--content', 'data', '--late-end'] },
  { script: 'json_server', protocol: 'legacy-json', options: ['--no-end', '--read', '8192'] },
  { script: 'json_server', protocol: 'legacy-json', options: ['--read', '16'], sizes: [0, 1, 20_000] },
  { script: 'text_server', protocol: 'legacy-text' },
  { script: 'text_server', protocol: 'legacy-text', options: ['16'], sizes: [0, 1, 20_000] },
  { script: 'pool_server', protocol: 'legacy-json', sizes: [0, 1, 20_000, 1_048_576] },
];

for (const { script, options = [], protocol, sizes = SIZES } of runs) {
  t.test(`${script} ${options.join(' ')} in ${protocol}: put, list, get, remove`, async (t) => {
    const { port, dir } = script === 'own' ? await startServer(t) : await startOldServer(t, script, ...options);
    const client = await clientOf(t, port, protocol);
    const folder = temporaryFolder(t);
    const contents = sizes.map((size) => randomBytes(size));
    for (const [i, content] of contents.entries()) {
      const name = `File ${i}.BIN`;
      writeFileSync(join(folder, 'source'), content);
      t.same(await client.put(join(folder, 'source'), name), {
        path: name,
        size: content.length,
        mtimeMs: null,
        algorithm: null,
        root: null,
        version: null,
        durable: null,
      });
      t.ok(readFileSync(join(dir, name)).equals(content), `${content.length} bytes are there`);
      const { size } = await client.get(name, join(folder, 'got'));
      t.equal(size, content.length);
      t.ok(readFileSync(join(folder, 'got')).equals(content), `${content.length} bytes came back`);
    }
    t.same(
      await namesOf(client),
      contents.map((_, i) => `File ${i}.BIN`),
    );
    await Promise.all(contents.map((_, i) => client.remove(`File ${i}.BIN`)));
    t.same(await namesOf(client), []);
    // Both are awaited at once: the second may be refused before the first.
    const failures = [client.remove('none.bin'), client.get('none.bin', join(folder, 'none'))].map(failureOf);
    for (const failure of await Promise.all(failures)) {
      t.match(failure, { code: 'not-found', message: /none.bin|tidak ditemukan/ });
    }
    t.same(readdirSync(folder).sort(), ['got', 'source'], 'nothing is left of what failed');
  });
}

t.test('buffers, streams and names beyond ASCII', async (t) => {
  for (const [script, protocol] of [
    ['json_server', 'legacy-json'],
    ['text_server', 'legacy-text'],
  ] as const) {
    const { port, dir } = await startOldServer(t, script);
    const client = await clientOf(t, port, protocol);
    const content = randomBytes(2_500_000);
    await client.put(content, 'datei ä 😀.bin');
    t.ok(readFileSync(join(dir, 'datei ä 😀.bin')).equals(content));
    t.ok(content.equals((await client.getBuffer('datei ä 😀.bin')).content));
    const pieces = [content.subarray(0, 1), content.subarray(1, 2_000_000), content.subarray(2_000_000)];
    t.equal((await client.put(Readable.from(pieces), 'dir/streamed.bin')).size, content.length);
    t.ok(readFileSync(join(dir, 'dir/streamed.bin')).equals(content));
    t.ok(content.equals(await buffer(client.getStream('dir/streamed.bin'))));
    t.equal((await client.put(Readable.from([]), 'empty.bin')).size, 0);
    t.same(readFileSync(join(dir, 'empty.bin')), Buffer.alloc(0));
  }
});

t.test('a folder: relative paths as names, an empty folder is a failed item', async (t) => {
  const { port, dir } = await startOldServer(t, 'text_server');
  const client = await clientOf(t, port, 'legacy-text');
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, 'inner/void'), { recursive: true });
  writeFileSync(join(folder, 'a.txt'), 'A');
  writeFileSync(join(folder, 'inner/b c.txt'), 'B');
  const failed: unknown[] = [];
  const summary = await client.putTree(folder, 'tree', {
    verify: true,
    onItem: (item) => {
      if (item.error !== undefined) failed.push([item.path, item.error.code]);
    },
  });
  t.same(summary, { files: 2, folders: 2, bytes: 2, failed: 1 });
  t.same(failed, [['tree/inner/void', 'unsupported']]);
  t.equal(readFileSync(join(dir, 'tree/inner/b c.txt'), 'utf8'), 'B');
});

t.test('more at once than a pool has workers', async (t) => {
  const { port, dir } = await startOldServer(t, 'pool_server');
  const client = await clientOf(t, port, 'legacy-json');
  const content = randomBytes(200_000);
  await Promise.all(Array.from({ length: 40 }, (_, i) => client.put(content, `${i}`)));
  t.equal(readdirSync(dir).length, 40);
  const got = await Promise.all(Array.from({ length: 40 }, (_, i) => client.getBuffer(`${i}`)));
  t.ok(got.every((each) => content.equals(each.content)));
});

t.test('a server that stores half of an upload and says OK', async (t) => {
  const { port, dir } = await startOldServer(t, 'json_server', '--half');
  const client = await clientOf(t, port, 'legacy-json');
  await client.put(randomBytes(1000), 'a.bin');
  t.equal(readFileSync(join(dir, 'a.bin')).length, 500, 'nobody can tell');
  t.match(await failureOf(client.put(randomBytes(1000), 'a.bin', { verify: true })), {
    code: 'digest-mismatch',
    message: /500 bytes that are not the 1000 sent/,
  });
  t.equal((await client.put(Buffer.alloc(0), 'a.bin', { verify: true })).size, 0);
});

t.test('a server that takes each piece for a request', async (t) => {
  const { port } = await startOldServer(t, 'piecewise_server', '65536');
  const client = await clientOf(t, port, 'legacy-text');
  await client.put(randomBytes(10_000), 'fits.bin', { verify: true });
  const long = randomBytes(30_000_000);
  const error = await failureOf(client.put(long, 'long.bin', { verify: true }));
  t.match(error, { code: 'digest-mismatch' }, 'an OK before all was sent, or other bytes when it is asked');
});

t.test('100 MB, both dialects, both ways', large, async (t) => {
  const folder = temporaryFolder(t, roomFor(400));
  randomFile(join(folder, 'source'), 95);
  const source = readFileSync(join(folder, 'source'));
  for (const [script, protocol] of [
    ['json_server', 'legacy-json'],
    ['text_server', 'legacy-text'],
    ['own', 'legacy-json'],
    ['own', 'legacy-text'],
  ] as const) {
    const { port, dir } = script === 'own' ? await startServer(t) : await startOldServer(t, script);
    const client = await clientOf(t, port, protocol);
    await client.put(join(folder, 'source'), 'big.bin');
    t.ok(readFileSync(join(dir, 'big.bin')).equals(source));
    await client.get('big.bin', join(folder, 'got'));
    t.ok(readFileSync(join(folder, 'got')).equals(source));
    await client.remove('big.bin');
  }
});
