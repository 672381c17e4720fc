import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import t from 'tap';
import { CHUNK, chunksOf, leafOf, message, rootOf } from '../fixtures/naive-frames.js';
import { failureOf, greeted, type RawPeer } from '../fixtures/raw-peer.js';

const content = randomBytes(3 * CHUNK + 5);
const chunks = chunksOf(content);

/** Takes everything against as much credit as is wanted, and publishes. */
async function takeAll(peer: RawPeer, stream: number, whole: Uint8Array): Promise<void> {
  const count = chunksOf(whole).length;
  peer.send('CREDIT', stream, { chunks: count }, 1);
  for (let i = 0; i < count; i++) {
    await peer.chunk(stream);
    peer.send('ACK', stream, { grade: 2, chunks: [i, 1] });
  }
  const { fields } = await peer.next('COMMIT', stream);
  if (!rootOf(whole).equals(fields['root'] as Buffer)) throw new Error('another root');
  peer.sendPublished(stream, whole);
}

for (const socketPath of ['direct', 'plain'] as const) {
  t.test(`chunks leave one for one against credit, COMMIT behind the last (${socketPath})`, async (t) => {
    const { client, peer } = await greeted(t, {}, { socketPath });
    const seen: [number, number | undefined][] = [];
    const putting = client.put(content, 'a', { onProgress: ({ bytes, total }) => seen.push([bytes, total]) });
    const { fields } = await peer.next('PUT');
    t.same(fields, { path: 'a', size: content.length, want: 4 });
    for (let i = 0; i < 4; i++) {
      t.same(peer.seen.includes('DATA'), false, 'nothing beyond credit');
      peer.send('CREDIT', 1, { chunks: i + 1 }, 1);
      const { epoch, offset, leaf, payload } = await peer.chunk(1);
      t.match({ epoch, offset, leaf }, { epoch: 1, offset: i * CHUNK, leaf: leafOf(chunks[i]!) });
      t.ok(payload.equals(chunks[i]!));
      peer.send('ACK', 1, { grade: 1, chunks: [i, 1] });
      peer.send('ACK', 1, { grade: 2, chunks: [i, 1] });
    }
    t.same((await peer.next('COMMIT')).fields, { size: content.length, root: rootOf(content) });
    peer.sendPublished(1, content);
    t.match(await putting, { size: content.length, root: rootOf(content).toString('hex') });
    const all = content.length;
    t.same(new Set(seen.map(String)), new Set([CHUNK, 2 * CHUNK, 3 * CHUNK, all].map((n) => `${n},${all}`)));
  });
}

t.test('a new epoch stops the chunk in mid-way, and asks again for what is left', async (t) => {
  const { client, peer } = await greeted(t);
  const putting = client.put(content, 'a');
  await peer.next('PUT');
  peer.send('CREDIT', 1, { chunks: 2 }, 1);
  t.match(await peer.next('WANT'), { fields: { chunks: 4 } }, 'a new epoch has forgotten what was wanted');
  await peer.chunk(1);
  peer.send('ACK', 1, { grade: 2, chunks: [0, 1] });
  const rest = await peer.chunk(1);
  t.equal(rest.offset, CHUNK);
  peer.send('CREDIT', 1, { chunks: 0 }, 2);
  t.match(await peer.next('WANT'), { fields: { chunks: 3 } });
  peer.send('RESEND', 1, { offset: CHUNK, epoch: 1, reason: 'revoked' });
  // Sent in an epoch that is over, and another of a chunk that never left: both are of no concern.
  peer.send('RESEND', 1, { offset: 0, epoch: 1, reason: 'revoked' });
  peer.send('RESEND', 1, { offset: 2 * CHUNK, epoch: 1, reason: 'revoked' });
  peer.send('CREDIT', 1, { chunks: 3 }, 2);
  const again = [await peer.chunk(1), await peer.chunk(1), await peer.chunk(1)];
  t.same(
    again.map(({ epoch }) => epoch),
    [2, 2, 2],
  );
  t.same(again.map(({ offset }) => offset / CHUNK).sort(), [1, 2, 3]);
  t.ok(again.every(({ offset, payload }) => payload.equals(chunks[offset / CHUNK]!)));
  peer.send('ACK', 1, { grade: 2, chunks: [1, 3] });
  t.same((await peer.next('COMMIT')).fields['root'], rootOf(content));
  peer.sendPublished(1, content);
  await putting;
});

t.test('a chunk that came corrupt is sent again, even behind COMMIT', async (t) => {
  const { client, peer } = await greeted(t);
  const putting = client.put(content, 'a');
  await peer.next('PUT');
  peer.send('CREDIT', 1, { chunks: 4 }, 1);
  for (let i = 0; i < 4; i++) await peer.chunk(1);
  await peer.next('COMMIT');
  peer.send('RESEND', 1, { offset: 2 * CHUNK, epoch: 1, reason: 'digest' });
  peer.send('CREDIT', 1, { chunks: 5 }, 1);
  t.match(await peer.chunk(1), { epoch: 1, offset: 2 * CHUNK, leaf: leafOf(chunks[2]!) });
  peer.send('ACK', 1, { grade: 2, chunks: [0, 4] });
  peer.sendPublished(1, content);
  await putting;
  t.notOk(peer.seen.includes('COMMIT'));
});

t.test('content that changes between two sendings of a chunk', async (t) => {
  const { client, peer } = await greeted(t);
  const changing = Buffer.from(content);
  const putting = failureOf(client.put(changing, 'a'));
  await peer.next('PUT');
  peer.send('CREDIT', 1, { chunks: 4 }, 1);
  for (let i = 0; i < 4; i++) await peer.chunk(1);
  changing[5]! ^= 1;
  peer.send('RESEND', 1, { offset: 0, epoch: 1, reason: 'digest' });
  peer.send('CREDIT', 1, { chunks: 5 }, 1);
  t.match(await putting, { code: 'source-changed' });
  await peer.next('CANCEL');
});

const BREACHES: Record<string, [string, (peer: RawPeer) => void]> = {
  'CREDIT of epoch 0': ['wrong-state', (peer) => peer.send('CREDIT', 1, { chunks: 1 }, 0)],
  'CREDIT that goes back': [
    'wrong-state',
    (peer) => {
      peer.send('CREDIT', 1, { chunks: 1 }, 2);
      peer.send('CREDIT', 1, { chunks: 1 }, 1);
    },
  ],
  'ACK of what was not sent': ['wrong-state', (peer) => peer.send('ACK', 1, { grade: 2, chunks: [0, 1] })],
  'RESULT before COMMIT': ['wrong-state', (peer) => peer.sendPublished(1, content)],
  FILE: ['wrong-state', (peer) => peer.sendFile(1, content)],
};
for (const [name, [code, act]] of Object.entries(BREACHES)) {
  t.test(`a breach: ${name}`, async (t) => {
    const { client, peer } = await greeted(t);
    const putting = failureOf(client.put(content, 'a'));
    await peer.next('PUT');
    act(peer);
    t.equal((await putting)?.code, code);
    t.match(await peer.next('ERROR', 0), { fields: { name: code } });
  });
}

t.test('a server that grants nothing, and one that never commits', async (t) => {
  const { client, peer } = await greeted(t, {}, { timeoutMs: 1_000 });
  t.match(await failureOf(client.put(content, 'a')), { code: 'timeout' });
  const second = failureOf(client.put(content, 'b'));
  await peer.next('PUT', 3);
  peer.send('CREDIT', 3, { chunks: 4 }, 1);
  await peer.next('COMMIT');
  t.match(await second, { code: 'timeout' });
  await peer.next('CANCEL', 3);
});

t.test('a server that takes no bytes', async (t) => {
  const { client, peer } = await greeted(t, {}, { timeoutMs: 1_000 });
  const huge = Buffer.alloc(64 * CHUNK);
  const putting = failureOf(client.put(huge, 'a'));
  await peer.next('PUT');
  peer.socket.pause();
  peer.send('CREDIT', 1, { chunks: 64 }, 1);
  t.match(await putting, { code: 'timeout' });
});

t.test('aborts at every stage send CANCEL, and leave the connection in order', async (t) => {
  const { client, peer } = await greeted(t);
  const stages: ((id: number) => Promise<unknown>)[] = [
    (id) => peer.next('PUT', id),
    async (id) => {
      peer.send('CREDIT', id, { chunks: 2 }, 1);
      await peer.next('DATA', id);
    },
    async (id) => {
      peer.send('CREDIT', id, { chunks: 4 }, 1);
      await peer.next('COMMIT', id);
    },
  ];
  let id = 1;
  for (const stage of stages) {
    const controller = new AbortController();
    const reason = new Error('enough');
    const putting = failureOf(client.put(content, 'a', { signal: controller.signal }));
    await stage(id);
    controller.abort(reason);
    t.equal(await putting, reason);
    await peer.next('CANCEL', id);
    peer.sendError(id, 50, 'cancelled');
    id += 2;
  }
  const last = client.put(content, 'a');
  await peer.next('PUT', id);
  await takeAll(peer, id, content);
  await last;
});

t.test('a stream of unknown length asks for chunks as it has them, and names its size at the end', async (t) => {
  const { client, peer } = await greeted(t);
  const source = new Readable({ read: () => undefined });
  const putting = client.put(source, 'a');
  t.same((await peer.next('PUT')).fields, { path: 'a', want: 0 });
  source.push(content.subarray(0, CHUNK - 1));
  source.push(content.subarray(CHUNK - 1, CHUNK + 1));
  t.same((await peer.next('WANT')).fields, { chunks: 1 });
  peer.send('CREDIT', 1, { chunks: 1 }, 1);
  t.match(await peer.chunk(1), { offset: 0, leaf: leafOf(chunks[0]!) });
  peer.send('RESEND', 1, { offset: 0, epoch: 1, reason: 'digest' });
  peer.send('CREDIT', 1, { chunks: 2 }, 1);
  t.match(await peer.chunk(1), { offset: 0, leaf: leafOf(chunks[0]!) }, 'it is kept until it is written');
  peer.send('ACK', 1, { grade: 2, chunks: [0, 1] });
  source.push(content.subarray(CHUNK + 1));
  source.push(null);
  peer.send('CREDIT', 1, { chunks: 10 }, 1);
  for (let i = 1; i < 4; i++) {
    t.match(await peer.chunk(1), { offset: i * CHUNK, leaf: leafOf(chunks[i]!) });
    peer.send('ACK', 1, { grade: 2, chunks: [i, 1] });
  }
  t.same((await peer.next('COMMIT')).fields, { size: content.length, root: rootOf(content) });
  peer.sendPublished(1, content);
  await putting;
});

t.test('streams of exactly one chunk, and of nothing', async (t) => {
  const { client, peer } = await greeted(t);
  const whole = content.subarray(0, CHUNK);
  const one = client.put(Readable.from([whole]), 'one');
  await peer.next('PUT', 1);
  await takeAll(peer, 1, whole);
  t.match(await one, { size: CHUNK });
  const none = client.put(Readable.from([]), 'none');
  await peer.next('PUT', 3);
  t.same((await peer.next('COMMIT', 3)).fields, { size: 0, root: rootOf(Buffer.alloc(0)) });
  peer.sendPublished(3, Buffer.alloc(0));
  t.match(await none, { size: 0 });
});

t.test('a stream is read only as fast as the server takes it', async (t) => {
  const { client, peer } = await greeted(t);
  let given = 0;
  const source = new Readable({
    read() {
      given += 1;
      this.push(Buffer.alloc(CHUNK / 4));
    },
  });
  const putting = failureOf(client.put(source, 'a'));
  await peer.next('PUT');
  peer.send('CREDIT', 1, { chunks: 100 }, 1);
  for (let i = 0; i < 4; i++) await peer.chunk(1);
  t.ok(given / 4 < 8, `${given / 4} chunks were read, none is written`);
  await client.close();
  t.equal((await putting)?.code, 'closed');
  t.ok(source.destroyed);
});

t.test('a stream that is slow times nothing out; one that fails ends the upload', async (t) => {
  const { client, peer } = await greeted(t, {}, { timeoutMs: 1_000 });
  const source = new Readable({ read: () => undefined });
  const putting = failureOf(client.put(source, 'a'));
  await peer.next('PUT');
  await new Promise((resolve) => setTimeout(resolve, 120));
  t.same(peer.seen, []);
  const fault = new Error('the source broke');
  source.destroy(fault);
  t.equal(await putting, fault);
  await peer.next('CANCEL');
  const objects = failureOf(client.put(Readable.from([{ not: 'bytes' }]), 'b'));
  t.equal((await objects)?.code, 'bad-argument');
  const early = new Readable({ read: () => undefined });
  early.destroy(fault);
  t.equal(await failureOf(client.put(early, 'c')), fault);
});

t.test('a stream is tried again after busy while nothing of it is let go', async (t) => {
  const { client, peer } = await greeted(t);
  const putting = client.put(Readable.from([content]), 'a');
  await peer.next('WANT', 1);
  peer.sendError(1, 49, 'busy', { retryAfterMs: 1 });
  await peer.next('PUT', 3);
  await takeAll(peer, 3, content);
  await putting;
  const late = failureOf(client.put(Readable.from([content]), 'b'));
  await peer.next('WANT', 5);
  peer.send('CREDIT', 5, { chunks: 1 }, 1);
  await peer.chunk(5);
  peer.send('ACK', 5, { grade: 2, chunks: [0, 1] });
  peer.sendError(5, 49, 'busy', { retryAfterMs: 1 });
  t.equal((await late)?.code, 'busy');
});

t.test('streams that fail in the middle of a large piece give back their memory', async (t) => {
  const { client, peer } = await greeted(t);
  const piece = Buffer.alloc(8 * CHUNK);
  // All that a client has for bulk transfers, if each kept what one may keep.
  for (let id = 1; id < 2 * 12; id += 2) {
    const putting = failureOf(client.put(Readable.from([piece]), 'a'));
    await peer.next('WANT', id);
    peer.sendError(id, 47, 'io-error');
    t.equal((await putting)?.code, 'io-error');
  }
  const getting = failureOf(client.get('a', '/nowhere'));
  const { stream, fields } = await peer.next('GET');
  t.equal(fields['credit'], 1);
  peer.sendError(stream, 47, 'io-error');
  await getting;
});

t.test('chunks that are acknowledged before they have left do not hold up COMMIT', async (t) => {
  const { client, peer } = await greeted(t);
  const content = Buffer.alloc(3 * CHUNK, 1);
  const putting = client.put(content, 'a');
  await peer.next('PUT');
  peer.write(message('CREDIT', 1, { chunks: 3 }, 1), message('ACK', 1, { grade: 2, chunks: [0, 3] }));
  await peer.next('COMMIT');
  peer.sendPublished(1, content);
  t.equal((await putting).size, content.length);
});

t.test('what has not left when the server refuses never leaves', async (t) => {
  const { client, peer } = await greeted(t);
  const putting = failureOf(client.put(Buffer.alloc(8 * CHUNK), 'a'));
  await peer.next('PUT');
  const refusal = message('ERROR', 1, { code: 45, name: 'no-space', message: '' });
  peer.write(message('CREDIT', 1, { chunks: 8 }, 1), refusal);
  t.equal((await putting)?.code, 'no-space');
  const stat = failureOf(client.stat('a'));
  await peer.next('STAT');
  t.same(peer.seen, []);
  peer.sendError(3, 47, 'io-error');
  await stat;
});
