import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { CHUNK, chunksOf, data, leafOf, rootOf } from '../fixtures/naive-frames.js';
import { failureOf, greeted, type RawPeer } from '../fixtures/raw-peer.js';
import { temporaryFolder } from '../fixtures/server.js';

const content = randomBytes(2 * CHUNK + 5);
const chunks = chunksOf(content);

/** A destination with something in it. */
function destination(t: Parameters<typeof temporaryFolder>[0]) {
  const folder = temporaryFolder(t);
  const file = join(folder, 'file');
  fs.writeFileSync(file, 'old');
  return {
    file,
    untouched: () => fs.readdirSync(folder).join() === 'file' && fs.readFileSync(file, 'latin1') === 'old',
  };
}

for (const socketPath of ['direct', 'plain'] as const) {
  t.test(`a file arrives in its place, whole, with its time and mode (${socketPath})`, async (t) => {
    const { client, peer } = await greeted(t, {}, { socketPath });
    const { file, untouched } = destination(t);
    const seen: number[] = [];
    const getting = client.get('a/b', file, { onProgress: ({ bytes }) => seen.push(bytes) });
    t.same((await peer.next('GET')).fields, { path: 'a/b', credit: 1 });
    peer.sendFile(1, content);
    t.same((await peer.next('CREDIT')).fields, { chunks: 3 });
    chunks.forEach((chunk, i) => peer.sendChunk(1, i * CHUNK, chunk));
    t.ok(untouched() || fs.readdirSync(join(file, '..')).length === 2);
    peer.send('RESULT', 1, { root: rootOf(content) });
    t.same(await getting, {
      path: 'a/b',
      size: content.length,
      mtimeMs: 1_600_000_000_123,
      mode: 0o644,
      algorithm: 'sha256',
      root: rootOf(content).toString('hex'),
      version: 'v1',
    });
    t.ok(fs.readFileSync(file).equals(content));
    t.same(fs.readdirSync(join(file, '..')), ['file']);
    t.equal(Math.round(fs.statSync(file).mtimeMs), 1_600_000_000_123);
    t.equal(seen.at(-1), content.length);
  });
}

t.test('small and empty files', async (t) => {
  const { client, peer } = await greeted(t);
  const { file } = destination(t);
  let id = 1;
  for (const length of [0, 1, 4_096, 65_536, 65_537]) {
    const small = content.subarray(0, length);
    const getting = client.get('a', file);
    await peer.next('GET', id);
    peer.sendWhole(id, small);
    t.match(await getting, { size: length });
    t.ok(fs.readFileSync(file).equals(small), `${length} bytes`);
    const buffered = client.getBuffer('a');
    await peer.next('GET', id + 2);
    peer.sendWhole(id + 2, small);
    t.ok(small.equals((await buffered).content), `${length} bytes in memory`);
    id += 4;
  }
  t.same(fs.readdirSync(join(file, '..')), ['file']);
});

t.test('a small file that comes in several frames, mixed with others', async (t) => {
  const { client, peer } = await greeted(t);
  const { file } = destination(t);
  const [first, second] = [content.subarray(0, 10_000), content.subarray(10_000, 30_000)];
  const gets = [client.get('1', `${file}1`), client.get('2', `${file}2`)];
  await peer.next('GET', 3);
  peer.sendFile(1, first);
  peer.sendFile(3, second);
  peer.write(data(1, 0, 0, first.subarray(0, 5_000)), data(3, 0, 0, second.subarray(0, 15_000)));
  peer.write(
    data(1, 0, 5_000, first.subarray(5_000), leafOf(first)),
    data(3, 0, 15_000, second.subarray(15_000), leafOf(second)),
  );
  peer.send('RESULT', 1, { root: rootOf(first) });
  peer.send('RESULT', 3, { root: rootOf(second) });
  await Promise.all(gets);
  t.ok(fs.readFileSync(`${file}1`).equals(first));
  t.ok(fs.readFileSync(`${file}2`).equals(second));
});

t.test('a range: whole chunks come, what was asked for is kept', async (t) => {
  const { client, peer } = await greeted(t);
  const { file } = destination(t);
  const range = { first: CHUNK - 3, last: CHUNK + 6 };
  const getting = client.get('a', file, { range, ifMatch: 'v1' });
  t.same((await peer.next('GET')).fields, { path: 'a', credit: 1, offset: CHUNK - 3, length: 10, ifMatch: 'v1' });
  peer.sendFile(1, content, { length: 2 * CHUNK });
  await peer.next('CREDIT');
  chunks.slice(0, 2).forEach((chunk, i) => peer.sendChunk(1, i * CHUNK, chunk));
  peer.send('RESULT', 1);
  t.match(await getting, { size: content.length, root: undefined });
  t.ok(fs.readFileSync(file).equals(content.subarray(range.first, range.last + 1)));
  const tail = client.getBuffer('a', { range: { first: 2 * CHUNK + 1 } });
  t.same((await peer.next('GET')).fields, { path: 'a', credit: 1, offset: 2 * CHUNK + 1 });
  peer.sendFile(3, content, { offset: 2 * CHUNK, length: 5 });
  peer.sendChunk(3, 2 * CHUNK, chunks[2]!);
  peer.send('RESULT', 3);
  t.ok(content.subarray(2 * CHUNK + 1).equals((await tail).content));
});

for (const kind of ['file', 'buffer', 'stream'] as const) {
  t.test(`a corrupt chunk is fetched again, of the same version (${kind})`, async (t) => {
    const { client, peer } = await greeted(t);
    const { file } = destination(t);
    const getting =
      kind === 'file'
        ? client.get('a', file).then(() => fs.readFileSync(file))
        : kind === 'buffer'
          ? client.getBuffer('a').then(({ content }) => Buffer.from(content))
          : client
              .getStream('a')
              .toArray()
              .then((parts) => Buffer.concat(parts as Buffer[]));
    await peer.next('GET');
    peer.sendFile(1, content);
    peer.sendChunk(1, 0, Buffer.alloc(CHUNK), leafOf(chunks[0]!));
    t.same((await peer.next('GET', 3)).fields, { path: 'a', credit: 1, offset: 0, length: CHUNK, ifMatch: 'v1' });
    let limit = (await peer.next('CREDIT', 1)).fields['chunks'] as number;
    peer.sendChunk(1, CHUNK, chunks[1]!);
    peer.sendFile(3, content, { length: CHUNK });
    peer.sendChunk(3, 0, Buffer.alloc(CHUNK), leafOf(chunks[0]!));
    await peer.next('CANCEL', 3);
    await peer.next('GET', 5);
    peer.sendFile(5, content, { length: CHUNK });
    peer.sendChunk(5, 0, chunks[0]!);
    peer.send('RESULT', 5);
    while (limit < 3) limit = (await peer.next('CREDIT', 1)).fields['chunks'] as number;
    peer.sendChunk(1, 2 * CHUNK, chunks[2]!);
    peer.send('RESULT', 1, { root: rootOf(content) });
    t.ok((await getting).equals(content));
  });
}

t.test('a chunk that stays corrupt', async (t) => {
  const { client, peer } = await greeted(t);
  const { file, untouched } = destination(t);
  const getting = failureOf(client.get('a', file));
  await peer.next('GET');
  peer.sendFile(1, content);
  peer.sendChunk(1, 0, Buffer.alloc(CHUNK), leafOf(chunks[0]!));
  for (const id of [3, 5, 7]) {
    await peer.next('GET', id);
    peer.sendFile(id, content, { length: CHUNK });
    peer.sendChunk(id, 0, Buffer.alloc(CHUNK), leafOf(chunks[0]!));
  }
  t.match(await getting, { code: 'digest-mismatch', name: 'IntegrityError' });
  await peer.next('CANCEL', 1);
  t.ok(untouched());
});

t.test('a root that does not match', async (t) => {
  const { client, peer } = await greeted(t);
  const { file, untouched } = destination(t);
  let id = 1;
  for (const start of [
    () => client.get('a', file),
    () => client.getBuffer('a'),
    () => client.getStream('a').toArray(),
  ]) {
    const getting = failureOf(start());
    await peer.next('GET', id);
    const small = content.subarray(0, 100);
    peer.sendFile(id, small);
    peer.sendChunk(id, 0, small);
    peer.send('RESULT', id, { root: Buffer.alloc(32) });
    t.match(await getting, { code: 'digest-mismatch' });
    id += 2;
  }
  t.ok(untouched());
});

const BREACHES: Record<string, [string, (peer: RawPeer) => void]> = {
  'DATA before FILE': ['wrong-state', (peer) => peer.sendChunk(1, 0, chunks[2]!)],
  'FILE twice': [
    'wrong-state',
    (peer) => {
      peer.sendFile(1, content);
      peer.sendFile(1, content);
    },
  ],
  'FILE with a length beyond its size': ['bad-message', (peer) => peer.sendFile(1, content, { length: 3 * CHUNK })],
  'FILE for another range': ['bad-message', (peer) => peer.sendFile(1, content, { offset: CHUNK, length: CHUNK })],
  'chunks out of order': [
    'bad-frame',
    (peer) => {
      peer.sendFile(1, content);
      peer.sendChunk(1, CHUNK, chunks[1]!);
    },
  ],
  'a chunk that ends too early': [
    'bad-frame',
    (peer) => {
      peer.sendFile(1, content);
      peer.write(data(1, 0, 0, chunks[2]!, leafOf(chunks[2]!)));
    },
  ],
  'DATA of another epoch': [
    'over-credit',
    (peer) => {
      peer.sendFile(1, content);
      peer.write(data(1, 1, 0, chunks[0]!.subarray(0, 10_000)));
    },
  ],
  'RESULT before the last chunk': [
    'wrong-state',
    (peer) => {
      peer.sendFile(1, content);
      peer.sendChunk(1, 0, chunks[0]!);
      peer.send('RESULT', 1, { root: rootOf(content) });
    },
  ],
  'RESULT of a whole file without its root': [
    'bad-message',
    (peer) => {
      peer.sendFile(1, Buffer.alloc(0));
      peer.send('RESULT', 1);
    },
  ],
};
for (const [name, [code, act]] of Object.entries(BREACHES)) {
  t.test(`a breach leaves nothing behind: ${name}`, async (t) => {
    const { client, peer } = await greeted(t);
    const { file, untouched } = destination(t);
    const getting = failureOf(client.get('a', file));
    await peer.next('GET');
    act(peer);
    t.equal((await getting)?.code, code);
    t.match(await peer.next('ERROR', 0), { fields: { name: code } });
    t.ok(untouched());
  });
}

t.test('a size that is a lie allocates nothing', async (t) => {
  const { client, peer } = await greeted(t, {}, { timeoutMs: 1_000 });
  const size = Number.MAX_SAFE_INTEGER;
  const first = failureOf(client.getBuffer('a'));
  await peer.next('GET', 1);
  peer.sendFile(1, Buffer.alloc(0), { size, length: size });
  t.match(await first, { code: 'local-too-large' });
  const before = process.memoryUsage().arrayBuffers;
  const second = failureOf(client.getStream('a').toArray());
  await peer.next('GET', 3);
  peer.sendFile(3, Buffer.alloc(0), { size, length: size });
  peer.sendChunk(3, 0, chunks[0]!);
  t.match(await second, { code: 'timeout' });
  t.ok(process.memoryUsage().arrayBuffers - before < 16 * CHUNK);
});

t.test('the connection is cut in mid-transfer', async (t) => {
  for (const cut of [(peer: RawPeer) => peer.socket.resetAndDestroy(), (peer: RawPeer) => peer.socket.end()]) {
    const { client, peer } = await greeted(t);
    const { file, untouched } = destination(t);
    const getting = failureOf(client.get('a', file));
    await peer.next('GET');
    peer.sendFile(1, content);
    peer.write(data(1, 0, 0, chunks[0]!.subarray(0, 100_000)));
    await peer.next('CREDIT');
    cut(peer);
    t.equal((await getting)?.code, 'connection-lost');
    await client.closed;
    t.ok(untouched());
  }
});

for (const socketPath of ['direct', 'plain'] as const) {
  t.test(`aborts at every stage leave nothing behind (${socketPath})`, async (t) => {
    const { client, peer } = await greeted(t, {}, { socketPath });
    const { file, untouched } = destination(t);
    const stages: ((id: number) => unknown)[] = [
      () => undefined,
      (id) => peer.sendFile(id, content),
      (id) => {
        peer.sendFile(id, content);
        // Half a payload: the kernel still has the client's memory.
        peer.write(data(id, 0, 0, chunks[0]!.subarray(0, 100_000)).subarray(0, 60_000));
      },
    ];
    let id = 1;
    for (const stage of stages) {
      const controller = new AbortController();
      const getting = failureOf(client.get('a', file, { signal: controller.signal }));
      await peer.next('GET', id);
      stage(id);
      if (id > 1) await peer.next('CREDIT', id);
      controller.abort();
      t.equal((await getting)?.name, 'AbortError');
      await peer.next('CANCEL', id);
      t.ok(untouched());
      if (id === 5) peer.write(Buffer.alloc(60_000 - 28 + 8));
      id += 2;
    }
  });
}

t.test('a reader that does not read holds up nobody, and times nothing out', async (t) => {
  const { client, peer } = await greeted(t, {}, { timeoutMs: 1_000 });
  const stream = client.getStream('slow');
  await peer.next('GET', 1);
  peer.sendFile(1, content);
  peer.sendChunk(1, 0, chunks[0]!);
  const other = client.getBuffer('fast');
  await peer.next('GET', 3);
  peer.sendWhole(3, content.subarray(0, 5));
  await other;
  await new Promise((resolve) => setTimeout(resolve, 250));
  t.same(
    peer.seen.filter((name) => name !== 'GET'),
    [],
    'one chunk is all it was granted',
  );
  const reading = stream.toArray();
  for (let limit = 1; limit < 3;) limit = (await peer.next('CREDIT', 1)).fields['chunks'] as number;
  peer.sendChunk(1, CHUNK, chunks[1]!);
  peer.sendChunk(1, 2 * CHUNK, chunks[2]!);
  peer.send('RESULT', 1, { root: rootOf(content) });
  t.ok(Buffer.concat((await reading) as Buffer[]).equals(content));
});

t.test('a chunk beyond credit', async (t) => {
  const { client, peer } = await greeted(t);
  const stream = client.getStream('a');
  const failed = new Promise((resolve) => stream.once('error', resolve));
  await peer.next('GET');
  peer.sendFile(1, content);
  peer.sendChunk(1, 0, chunks[0]!);
  peer.sendChunk(1, CHUNK, chunks[1]!);
  t.match(await failed, { code: 'over-credit' });
  t.match(await peer.next('ERROR', 0), { fields: { name: 'over-credit' } });
});

t.test('a reader that leaves cancels; an abort destroys the stream', async (t) => {
  const { client, peer } = await greeted(t);
  const stream = client.getStream('a');
  await peer.next('GET', 1);
  stream.destroy();
  await peer.next('CANCEL', 1);
  const controller = new AbortController();
  const reason = new Error('enough');
  const aborted = failureOf(client.getStream('a', { signal: controller.signal }).toArray());
  await peer.next('GET', 3);
  controller.abort(reason);
  t.equal(await aborted, reason);
  await peer.next('CANCEL', 3);
});

t.test('an error of the server, and busy', async (t) => {
  const { client, peer } = await greeted(t);
  const { file, untouched } = destination(t);
  const changed = failureOf(client.get('a', file));
  await peer.next('GET', 1);
  peer.sendFile(1, content);
  peer.sendError(1, 44, 'source-changed');
  t.match(await changed, { code: 'source-changed', name: 'RemoteError' });
  t.ok(untouched());
  let id = 3;
  for (const start of [
    () => client.get('a', file),
    () => client.getBuffer('a'),
    () => client.getStream('a').toArray(),
  ]) {
    const getting = start();
    await peer.next('GET', id);
    peer.sendError(id, 49, 'busy', { retryAfterMs: 1 });
    await peer.next('GET', id + 2);
    peer.sendWhole(id + 2, content.subarray(0, 5));
    await getting;
    id += 4;
  }
});
