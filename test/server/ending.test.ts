import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { type Logger, silentLogger } from '../../lib/server/index.js';
import type { ProtocolError } from '../../protocol/errors.js';
import { Gate } from '../fixtures/gated-store.js';
import { CHUNK, data, rootOf } from '../fixtures/naive-frames.js';
import { startServer } from '../fixtures/server.js';

t.test('a server that stops finishes what is open and refuses what is new (P-9.4)', async (t) => {
  const gate = new Gate();
  const { dir, client, server, port } = await startServer(t, { wrapStore: gate.wrap });
  const peer = await client();
  const idle = await client();
  const content = randomBytes(CHUNK + 5);
  const stream = peer.request('PUT', { path: 'last', size: content.length, want: 2 });
  await peer.sendChunks(stream, content);
  await gate.untilWaiting(2);
  const closed = server.close({ drainMs: 60_000 });
  t.type((await peer.next('GOAWAY')).fields['reason'], 'string');
  await idle.closed;
  t.equal(await peer.outcome(peer.request('STAT', { path: '' })), 'shutting-down');
  gate.open();
  peer.send('COMMIT', stream, { size: content.length, root: rootOf(content) });
  t.equal(await peer.outcome(stream), 'RESULT');
  await peer.closed;
  await closed;
  t.ok(readFileSync(join(dir, 'last')).equals(content));
  const [error] = (await once(connect(port, '127.0.0.1'), 'error')) as [NodeJS.ErrnoException];
  t.equal(error.code, 'ECONNREFUSED');
});

t.test('what does not end in time is cut, and leaves nothing', async (t) => {
  const { client, server, files, partials } = await startServer(t);
  const peer = await client();
  const stream = peer.request('PUT', { path: 'unfinished', size: 2 * CHUNK, want: 2 });
  const { epoch } = await peer.next('CREDIT', stream);
  peer.sendChunk(stream, epoch, 0, Buffer.alloc(CHUNK));
  await peer.next('ACK', stream);
  await server.close({ drainMs: 0 });
  await peer.closed;
  t.same(files(), []);
  t.same(partials(), []);
});

t.test('a connection that is cut gives everything back', async (t) => {
  const { dir, client, server, files, partials } = await startServer(t);
  writeFileSync(join(dir, 'there'), 'old');
  for (const how of ['destroy', 'end'] as const) {
    const peer = await client();
    const stream = peer.request('PUT', { path: 'there', size: CHUNK, want: 1 });
    const { epoch } = await peer.next('CREDIT', stream);
    peer.write(data(stream, epoch, 0, Buffer.alloc(200_000)));
    // Answered behind the DATA: it has arrived.
    await peer.outcome(peer.request('STAT', { path: '' }));
    peer.socket[how]();
    await peer.closed;
  }
  await server.close();
  t.same(files(), ['there']);
  t.equal(readFileSync(join(dir, 'there'), 'utf8'), 'old');
  t.same(partials(), []);
});

/** A logger that tells the first failure of a connection: a client that doesn't read can't see its end. */
function failureOf(): { logger: Logger; failed: Promise<string> } {
  let told: (code: string) => void;
  const failed = new Promise<string>((resolve) => (told = resolve));
  const info = (fields: object): void => told((fields as { err: ProtocolError }).err.code);
  return { logger: { ...silentLogger, info }, failed };
}

t.test('a client that reads nothing is cut after a while (P-9.6)', async (t) => {
  const { logger, failed } = failureOf();
  const { dir, client } = await startServer(t, { logger, timeouts: { stalled: 200 } });
  writeFileSync(join(dir, 'large'), randomBytes(14 * CHUNK));
  const peer = await client();
  peer.socket.pause();
  for (let i = 0; i < 4; i++) peer.request('GET', { path: 'large', credit: 14 });
  t.equal(await failed, 'timeout');
});

t.test('a silent client is asked, and cut when it does not answer (P-9.6)', async (t) => {
  const { client } = await startServer(t, { timeouts: { silence: 30, pong: 30 } });
  const peer = await client();
  await peer.next('PING');
  t.equal(await peer.connectionError(), 'timeout');
});

t.test('requests whose answers are not read end in flood (P-9.5)', async (t) => {
  const { logger, failed } = failureOf();
  const { client } = await startServer(t, { logger, timeouts: { lastWords: 50 } });
  const peer = await client();
  peer.socket.pause();
  // Each is refused with an answer of about 100 bytes: in the end more than the sockets and 1 MiB take.
  for (let i = 0; i < 128; i++) peer.request('PUT', { path: `open-${i}` });
  const state = { over: false };
  void failed.then(() => (state.over = true));
  while (!state.over) {
    for (let n = 0; n < 500; n++) peer.request('STAT', { path: '' });
    await new Promise((resolve) => setImmediate(resolve));
  }
  t.equal(await failed, 'flood');
});

t.test('a flood of cancels ends nothing but its own streams (P-9.3)', async (t) => {
  const { client, partials, files } = await startServer(t);
  const peer = await client();
  const streams: number[] = [];
  for (let i = 0; i < 3_000; i++) {
    const stream = peer.request(i % 2 ? 'PUT' : 'GET', { path: `flood-${i}`, [i % 2 ? 'want' : 'credit']: 1 });
    peer.send('CANCEL', stream);
    peer.send('CANCEL', stream);
    streams.push(stream);
  }
  const outcomes = new Set<string>();
  for (const stream of streams) outcomes.add(await peer.outcome(stream));
  t.same(
    [...outcomes].filter((name) => !['cancelled', 'not-found', 'too-many-streams'].includes(name)),
    [],
    'each is answered once, with what became of it',
  );
  const other = await client();
  t.equal((await other.put('honest', Buffer.from('still served'))).name, 'RESULT');
  t.same(files(), ['honest']);
  t.same(partials(), []);
});
