import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Client } from '../../lib/client/api.js';
import { connect } from '../../lib/client/connect.js';
import { failureOf } from '../fixtures/raw-peer.js';
import { startServer, temporaryFolder } from '../fixtures/server.js';

const MIB = 1_048_576;
const openFiles = (): number => fs.readdirSync('/proc/self/fd').length;

t.test('100 operations on one connection, one of whose readers does not read', async (t) => {
  const { port } = await startServer(t);
  const client = await connect({ host: '127.0.0.1', port });
  t.teardown(() => client.close());
  const content = randomBytes(4 * MIB + 7);
  await client.put(content, 'big');
  const stalled = client.getStream('big');
  const folder = temporaryFolder(t);
  const work = Array.from({ length: 99 }, (_, i) => {
    if (i % 4 === 0) return client.get('big', join(folder, String(i)));
    if (i % 4 === 1) return client.put(content, `put/${i}`);
    if (i % 4 === 2) return client.put(randomBytes(4_096), `small/${i}`);
    return client.stat('big');
  });
  await Promise.all(work);
  t.ok(fs.readFileSync(join(folder, '96')).equals(content));
  t.ok(Buffer.concat((await stalled.toArray()) as Buffer[]).equals(content), 'it is there when it is read at last');
});

t.test('more clients than the server has memory for', async (t) => {
  const { port, dir } = await startServer(t, { memory: 4 * MIB });
  const content = randomBytes(6 * MIB + 1);
  const clients: Client[] = [];
  t.teardown(() => Promise.all(clients.map((client) => client.close())));
  for (let i = 0; i < 12; i++) clients.push(await connect({ host: '127.0.0.1', port }));
  await Promise.all(clients.map((client, i) => client.put(content, `f${i}`)));
  for (let i = 0; i < 12; i++) t.ok(fs.readFileSync(join(dir, `f${i}`)).equals(content));
  const gets = await Promise.all(clients.map((client, i) => client.getBuffer(`f${i}`)));
  t.ok(gets.every((got) => content.equals(got.content)));
});

t.test('cancelled and cut transfers leave nothing: no file, no descriptor, no memory, no stream', async (t) => {
  const { port, files, partials } = await startServer(t);
  const folder = temporaryFolder(t);
  const source = join(folder, 'source');
  fs.writeFileSync(source, randomBytes(4 * MIB));
  const client = await connect({ host: '127.0.0.1', port });
  t.teardown(() => client.close());
  await client.put(source, 'file');
  const before = openFiles();
  for (let i = 0; i < 60; i++) {
    const controller = new AbortController();
    const { signal } = controller;
    const onProgress = (): void => {
      if (i % 3 === 2) controller.abort();
    };
    const work = failureOf(
      i % 2
        ? client.put(source, 'gone', { signal, onProgress })
        : client.get('file', join(folder, 'gone'), { signal, onProgress }),
    );
    if (i % 3 === 1) setImmediate(() => controller.abort());
    if (i % 3 === 0) controller.abort();
    t.equal((await work)?.name, 'AbortError');
  }
  // All buffers are there again, and all streams: as many at once as there can be.
  await Promise.all(Array.from({ length: 128 }, (_, i) => client.get('file', join(folder, `back${i % 8}`))));
  t.equal(openFiles(), before);
  // An upload may have been published before its cancel arrived (P-9.3).
  t.same(
    files().filter((name) => name !== 'gone'),
    ['file'],
  );
  t.same(partials(), []);
  t.same(
    fs.readdirSync(folder).filter((name) => name.includes('sluice') || name === 'gone'),
    [],
  );
  for (let i = 0; i < 10; i++) {
    const cut = await connect({ host: '127.0.0.1', port });
    const work = failureOf(i % 2 ? cut.put(source, 'gone') : cut.get('file', join(folder, 'gone')));
    if (i % 4 > 1) await cut.stat('file');
    await cut.close();
    t.equal((await work)?.code, 'closed');
  }
  t.same(
    fs.readdirSync(folder).filter((name) => name.includes('sluice') || name === 'gone'),
    [],
  );
});

t.test('a server that goes away drains what is open', async (t) => {
  const { port, server } = await startServer(t);
  const client = await connect({ host: '127.0.0.1', port });
  const content = randomBytes(20 * MIB);
  const putting = client.put(content, 'file');
  await client.stat('');
  const closing = server.close({ drainMs: 10_000 });
  t.match(await putting, { size: content.length });
  await closing;
  await client.closed;
  t.equal((await failureOf(client.stat('')))?.code, 'shutting-down');
});

t.test('a server that dies', async (t) => {
  const { port, server } = await startServer(t);
  const client = await connect({ host: '127.0.0.1', port });
  const folder = temporaryFolder(t);
  await client.put(randomBytes(4 * MIB), 'file');
  const stream = client.getStream('file');
  const failed = new Promise<Error & { code?: string }>((resolve) => stream.once('error', resolve));
  await client.stat('file');
  await server.close({ drainMs: 0 });
  t.match((await failed).code, /^(connection-lost|shutting-down|cancelled)$/);
  t.match((await failureOf(client.get('file', join(folder, 'x'))))?.code, /^(connection-lost|shutting-down)$/);
  await client.closed;
});
