import t from 'tap';
import { ConnectionError, RemoteError, TimeoutError } from '../../lib/client/errors.js';
import { message, rawFrame, TYPE } from '../fixtures/naive-frames.js';
import { failureOf, greeted, type RawPeer } from '../fixtures/raw-peer.js';

const statResult = { type: 'file', size: 1, mtimeMs: 5, mode: 0o644, version: 'v' };
/** Three operations at once, each on its stream. */
const THREE = [1, 3, 5];

t.test('stream ids are odd and rise; answers may come in any order', async (t) => {
  const { client, peer } = await greeted(t);
  const stats = ['a', 'b', 'c'].map((path) => client.stat(path));
  for (const id of THREE) t.equal((await peer.next('STAT')).stream, id);
  for (const id of [5, 1, 3]) peer.send('RESULT', id, { ...statResult, size: id });
  t.same(
    (await Promise.all(stats)).map(({ path, size }) => [path, size]),
    [
      ['a', 1],
      ['b', 3],
      ['c', 5],
    ],
  );
});

t.test(
  'more operations than the server has streams wait their turn; a cancelled one counts until its end',
  async (t) => {
    const { client, peer } = await greeted(t, { streams: 2 });
    const leaving = new AbortController();
    const first = failureOf(client.stat('1', { signal: leaving.signal }));
    const rest = ['2', '3', '4'].map((path) => client.stat(path));
    await peer.next('STAT', 1);
    await peer.next('STAT', 3);
    leaving.abort();
    await peer.next('CANCEL', 1);
    t.equal((await first)?.name, 'AbortError');
    peer.send('RESULT', 3, statResult);
    t.match(await peer.next('STAT'), { stream: 5, fields: { path: '3' } });
    t.same(peer.seen, [], 'the fourth still waits');
    peer.sendError(1, 50, 'cancelled');
    t.match(await peer.next('STAT'), { stream: 7, fields: { path: '4' } });
    for (const id of [5, 7]) peer.send('RESULT', id, statResult);
    await Promise.all(rest);
  },
);

t.test('an operation aborted in the queue is never sent', async (t) => {
  const { client, peer } = await greeted(t, { streams: 1 });
  const leaving = new AbortController();
  const first = client.stat('1');
  const second = failureOf(client.stat('2', { signal: leaving.signal }));
  const third = client.stat('3');
  const reason = new Error('enough');
  leaving.abort(reason);
  t.equal(await second, reason);
  t.equal(await failureOf(client.stat('4', { signal: leaving.signal })), reason, 'nor one that comes aborted');
  peer.send('RESULT', (await peer.next('STAT')).stream, statResult);
  t.match(await peer.next('STAT'), { fields: { path: '3' } });
  peer.send('RESULT', 3, statResult);
  await Promise.all([first, third]);
});

t.test('an error of the table, as the server told it', async (t) => {
  const { client, peer } = await greeted(t);
  const stat = failureOf(client.stat('a'));
  await peer.next('STAT');
  peer.sendError(1, 35, 'not-found', { retryAfterMs: 7 });
  const error = await stat;
  t.ok(error instanceof RemoteError);
  t.match(error, { code: 'not-found', retryable: false, retryAfterMs: 7, message: 'the peer says not-found' });
  const unknown = failureOf(client.stat('a'));
  await peer.next('STAT');
  peer.sendError(3, 999, 'of-the-future');
  t.equal((await unknown)?.code, 'internal');
});

t.test('frames that are skipped', async (t) => {
  const { client, peer } = await greeted(t);
  const stat = client.stat('a');
  await peer.next('STAT');
  peer.write(rawFrame({ type: 0x7e, flags: 0x80, stream: 1, meta: Buffer.from('junk'), payload: Buffer.alloc(1_000) }));
  peer.write(rawFrame({ type: 0x7f, flags: 0x80, meta: Buffer.alloc(32_768) }));
  peer.send('RESULT', 1, statResult);
  await stat;
  peer.send('PROGRESS', 1);
  peer.send('RESULT', 1, statResult);
  peer.write(rawFrame({ type: TYPE.DATA, stream: 1, meta: Buffer.alloc(8), payload: Buffer.alloc(100_000) }));
  const again = client.stat('b');
  await peer.next('STAT');
  peer.send('RESULT', 3, statResult);
  await again;
});

const BREACHES: Record<string, [code: string, (peer: RawPeer) => void]> = {
  'an unknown type that is not ignorable': ['unknown-type', (peer) => peer.write(rawFrame({ type: 0x7e, stream: 1 }))],
  'a frame that a client sends': ['wrong-state', (peer) => peer.send('STAT', 1, { path: 'a' })],
  'a frame of another kind of stream': ['wrong-state', (peer) => peer.send('ACK', 1, { grade: 1, chunks: [] })],
  'DATA on a stream that takes none': [
    'wrong-state',
    (peer) => peer.write(rawFrame({ type: TYPE.DATA, stream: 1, meta: Buffer.alloc(8), payload: Buffer.alloc(10) })),
  ],
  'a stream that was never opened': ['wrong-state', (peer) => peer.send('PROGRESS', 7)],
  'an even stream': ['bad-frame', (peer) => peer.send('PROGRESS', 2)],
  'a second HELLO': ['bad-message', (peer) => peer.send('HELLO', 0)],
  'a PONG that was not asked for': ['wrong-state', (peer) => peer.send('PONG', 0, { id: 1 })],
  'a header with a bad checksum': [
    'bad-crc',
    (peer) => {
      const frame = rawFrame({ type: TYPE.PROGRESS, stream: 1 });
      frame[19]! ^= 1;
      peer.write(frame);
    },
  ],
  'a lying length': ['frame-too-large', (peer) => peer.write(rawFrame({ type: TYPE.DATA, payloadLength: 2 ** 31 }))],
  'a bomb': [
    'bad-message',
    (peer) => peer.write(rawFrame({ type: TYPE.RESULT, stream: 1, meta: Buffer.from('ddffffffff', 'hex') })),
  ],
  'a RESULT without its fields': ['bad-message', (peer) => peer.send('RESULT', 1, { type: 'file' })],
};
for (const [name, [code, act]] of Object.entries(BREACHES)) {
  t.test(`a breach by the server ends everything at once, with words: ${name}`, async (t) => {
    const { client, peer } = await greeted(t, { streams: 1 });
    const open = failureOf(client.stat('a'));
    const waiting = failureOf(client.stat('b'));
    await peer.next('STAT');
    act(peer);
    t.equal((await open)?.code, code);
    t.equal((await waiting)?.code, code);
    t.match(await peer.next('ERROR', 0), { fields: { name: code } });
    t.equal((await failureOf(client.stat('c')))?.code, code);
    peer.socket.end();
    await client.closed;
  });
}

t.test('a connection error of the server ends everything', async (t) => {
  const { client, peer } = await greeted(t);
  const stat = failureOf(client.stat('a'));
  await peer.next('STAT');
  peer.sendError(0, 12, 'flood');
  peer.socket.end();
  const error = await stat;
  t.ok(error instanceof RemoteError);
  t.equal(error?.code, 'flood');
  await client.closed;
});

for (const [how, act] of Object.entries({
  'is closed': (peer: RawPeer) => peer.socket.end(),
  'is reset': (peer: RawPeer) => peer.socket.resetAndDestroy(),
})) {
  t.test(`the connection ${how} under open operations`, async (t) => {
    const { client, peer } = await greeted(t, { streams: 1 });
    const open = failureOf(client.stat('a'));
    const waiting = failureOf(client.stat('b'));
    await peer.next('STAT');
    act(peer);
    for (const error of [await open, await waiting, await failureOf(client.stat('c'))]) {
      t.ok(error instanceof ConnectionError);
      t.match(error, { code: 'connection-lost', message: 'was lost' });
    }
    await client.closed;
  });
}

t.test('GOAWAY: what is open is finished, what is new is refused', async (t) => {
  const { client, peer } = await greeted(t, { streams: 1 });
  const open = client.stat('a');
  const waiting = failureOf(client.stat('b'));
  await peer.next('STAT');
  peer.send('GOAWAY', 0, { reason: 'maintenance' });
  t.match(await waiting, { code: 'shutting-down', message: 'maintenance' });
  t.match(await failureOf(client.stat('c')), { code: 'shutting-down' });
  peer.send('RESULT', 1, statResult);
  await open;
  peer.socket.end();
  await client.closed;
  t.match(await failureOf(client.stat('d')), { code: 'shutting-down' });
});

t.test('a server that stops answering', async (t) => {
  const { client, peer } = await greeted(t, { streams: 1 }, { timeoutMs: 1_000 });
  const open = failureOf(client.stat('a'));
  const waiting = failureOf(client.stat('b'));
  const error = await open;
  t.ok(error instanceof TimeoutError);
  t.match(error, { code: 'timeout', message: "stat of 'a'" });
  await peer.next('CANCEL', 1);
  t.match(await waiting, { code: 'timeout', message: 'waited for its turn' });
});

t.test('PROGRESS is a sign, and told', async (t) => {
  const { client, peer } = await greeted(t, {}, { timeoutMs: 1_000 });
  const seen: number[] = [];
  const onProgress = ({ bytes }: { bytes: number }): void => {
    seen.push(bytes);
    throw new Error('of the caller alone');
  };
  const hash = client.hash('a', 'sha256', { onProgress });
  await peer.next('HASH');
  // Longer than the timeout in all.
  for (let i = 0; i < 6; i++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    peer.send('PROGRESS', 1, { done: i });
  }
  peer.send('RESULT', 1, { digest: Buffer.alloc(32, 1), size: 5, mtimeMs: 6 });
  t.match(await hash, { digest: '01'.repeat(32), size: 5, mtimeMs: 6 });
  t.same(seen, [0, 1, 2, 3, 4, 5]);
});

t.test('PING is answered', async (t) => {
  const { peer } = await greeted(t);
  peer.send('PING', 0, { id: 77 });
  t.match(await peer.next('PONG'), { fields: { id: 77 } });
});

t.test('close cancels what is open, and everything that comes later fails', async (t) => {
  const { client, peer } = await greeted(t, { streams: 1 });
  const open = failureOf(client.stat('a'));
  const waiting = failureOf(client.stat('b'));
  await peer.next('STAT');
  await client.close();
  for (const error of [await open, await waiting, await failureOf(client.stat('c'))]) {
    t.ok(error instanceof ConnectionError);
    t.equal(error?.code, 'closed');
  }
  await client.close();
  await client.closed;
});

t.test('an idle client says goodbye with an empty half-close', async (t) => {
  const { client, peer } = await greeted(t);
  const ended = new Promise((resolve) => peer.socket.once('end', resolve));
  await client.close();
  await ended;
  t.same(peer.seen, []);
});

t.test('requests as they leave', async (t) => {
  const { client, peer } = await greeted(t);
  void client.remove('r');
  void client.rename('from', 'to', { ifAbsent: true });
  void client.mkdir('m');
  const hashed = failureOf(client.hash('h', 'blake3'));
  t.same((await peer.next('REMOVE')).fields, { path: 'r' });
  t.same((await peer.next('RENAME')).fields, { path: 'from', to: 'to', ifAbsent: true });
  t.same((await peer.next('MKDIR')).fields, { path: 'm' });
  t.same((await peer.next('HASH')).fields, { path: 'h', algorithm: 'blake3' });
  for (const id of THREE) peer.send('RESULT', id);
  peer.sendError(7, 35, 'not-found');
  await hashed;
});

t.test('what the wire cannot carry is refused here, and ends nothing', async (t) => {
  const { client, peer } = await greeted(t);
  for (const path of ['\ud800', '\ufeffa', 'a'.repeat(5_000)]) {
    t.match(await failureOf(client.stat(path)), { code: 'bad-path', name: 'ArgumentError' });
  }
  const content = Buffer.from('a');
  for (const options of [
    { ifAbsent: true, ifMatch: 'v' },
    { mode: 0o1777 },
    { mtimeMs: NaN },
    { ifMatch: 'v'.repeat(200) },
  ]) {
    t.match(await failureOf(client.put(content, 'a', options)), { code: 'bad-argument' }, JSON.stringify(options));
  }
  for (const range of [{ first: -1 }, { first: 2, last: 1 }, { first: 0.5 }, { first: 0, last: NaN }]) {
    t.match(await failureOf(client.getBuffer('a', { range })), { code: 'bad-argument' }, JSON.stringify(range));
  }
  t.match(await failureOf(client.put(5 as never, 'a')), { code: 'bad-argument' });
  t.match(await failureOf(client.hash('a', 'md5' as never)), { code: 'bad-argument' });
  t.same(peer.seen, []);
});

t.test('a refusal for want of room is tried again, until the deadline', async (t) => {
  const { client, peer } = await greeted(t, {}, { busyTimeoutMs: 5_000 });
  const stat = client.stat('a');
  await peer.next('STAT', 1);
  peer.sendError(1, 49, 'busy', { retryAfterMs: 1 });
  await peer.next('STAT', 3);
  peer.sendError(3, 48, 'too-many-streams', { retryAfterMs: 1 });
  await peer.next('STAT', 5);
  peer.send('RESULT', 5, statResult);
  await stat;
  const late = failureOf(client.stat('a'));
  await peer.next('STAT', 7);
  peer.sendError(7, 49, 'busy', { retryAfterMs: 600_000 });
  t.match(await late, { code: 'busy', retryAfterMs: 600_000 });
});

t.test('who waits to try again hears of an abort and of the end', async (t) => {
  const { client, peer } = await greeted(t);
  const leaving = new AbortController();
  const first = failureOf(client.stat('a', { signal: leaving.signal }));
  const second = failureOf(client.stat('b'));
  for (const id of [1, 3]) {
    await peer.next('STAT', id);
    peer.sendError(id, 49, 'busy', { retryAfterMs: 20_000 });
  }
  const third = client.stat('c');
  await peer.next('STAT', 5);
  peer.send('RESULT', 5, statResult);
  await third;
  const reason = new Error('enough');
  leaving.abort(reason);
  t.equal(await first, reason);
  await client.close();
  t.equal((await second)?.code, 'closed');
});

t.test('a refusal that ends the connection is not tried again', async (t) => {
  const { client, peer } = await greeted(t);
  const stat = failureOf(client.stat('a'));
  await peer.next('STAT');
  peer.write(
    message('ERROR', 1, { code: 49, name: 'busy', message: '', retryAfterMs: 20_000 }),
    message('ERROR', 0, { code: 49, name: 'busy', message: 'for everybody', retryAfterMs: 20_000 }),
  );
  t.match(await stat, { code: 'busy' });
  const other = await greeted(t);
  const open = failureOf(other.client.stat('a'));
  await other.peer.next('STAT');
  other.peer.sendError(0, 49, 'busy', { retryAfterMs: 600_000 });
  t.match(await open, { code: 'busy' });
});
