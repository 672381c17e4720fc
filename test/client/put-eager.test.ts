import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { leafOf, rootOf } from '../fixtures/naive-frames.js';
import { failureOf, greeted } from '../fixtures/raw-peer.js';
import { temporaryFolder } from '../fixtures/server.js';

const content = Buffer.from('four words of content');

t.test('a small file goes at once: PUT with its root, one DATA frame, no COMMIT', async (t) => {
  const { client, peer } = await greeted(t);
  const file = join(temporaryFolder(t), 'file');
  writeFileSync(file, content, { mode: 0o640 });
  const putting = client.put(file, 'a/b', { mtimeMs: 1_234.5 });
  const { stream, fields } = await peer.next('PUT');
  t.same(fields, { path: 'a/b', size: content.length, mode: 0o640, mtimeMs: 1_234.5, root: rootOf(content) });
  t.match(await peer.next('DATA', stream), { epoch: 0, offset: 0, leaf: leafOf(content), payload: content });
  peer.sendPublished(stream, content);
  t.same(await putting, {
    path: 'a/b',
    size: content.length,
    mtimeMs: 1_600_000_000_123,
    algorithm: 'sha256',
    root: rootOf(content).toString('hex'),
    version: 'v1',
    durable: false,
  });
  t.same(peer.seen, []);
});

t.test('an empty file is a PUT alone', async (t) => {
  const { client, peer } = await greeted(t);
  const putting = client.put(Buffer.alloc(0), 'empty', { ifAbsent: true });
  t.same((await peer.next('PUT')).fields, { path: 'empty', size: 0, ifAbsent: true, root: rootOf(Buffer.alloc(0)) });
  peer.sendPublished(1, Buffer.alloc(0));
  await putting;
  t.same(peer.seen, []);
});

t.test('no more is under way than the allowance; a final frame and a RESEND give it back', async (t) => {
  const { client, peer } = await greeted(t, { allowance: 25_000, eager: 10_000 });
  const big = Buffer.alloc(10_000, 7);
  const puts = [0, 1, 2, 3].map((i) => client.put(big, String(i)));
  for (const id of [1, 3]) await peer.next('DATA', id);
  peer.send('RESEND', 1, { offset: 0, epoch: 0, reason: 'revoked' });
  await peer.next('DATA', 5);
  t.same(
    peer.seen.filter((name) => name === 'DATA'),
    [],
  );
  peer.sendPublished(3, big);
  await peer.next('DATA', 7);
  peer.send('CREDIT', 1, { chunks: 1 }, 1);
  t.match(await peer.next('DATA', 1), { epoch: 1, payload: big });
  for (const id of [1, 5, 7]) peer.sendPublished(id, big);
  await Promise.all(puts);
  t.same(peer.seen, ['PUT', 'PUT', 'PUT', 'PUT'], 'neither WANT nor COMMIT');
});

t.test('one that waits for the allowance can be aborted', async (t) => {
  const { client, peer } = await greeted(t, { allowance: 10_000, eager: 10_000 });
  const big = Buffer.alloc(10_000, 7);
  const reason = new Error('enough');
  const controller = new AbortController();
  const first = client.put(big, '1');
  const second = failureOf(client.put(big, '2', { signal: controller.signal }));
  const third = client.put(big, '3');
  await peer.next('DATA', 1);
  controller.abort(reason);
  t.equal(await second, reason);
  peer.sendPublished(1, big);
  t.match(await peer.next('DATA'), { stream: 3 });
  peer.sendPublished(3, big);
  await Promise.all([first, third]);
});

t.test('a server that gives no answer to those who wait for the allowance', async (t) => {
  const { client } = await greeted(t, { allowance: 10, eager: 10 }, { timeoutMs: 1_000 });
  const puts = [1, 2, 3].map((i) => failureOf(client.put(Buffer.alloc(10), String(i))));
  for (const error of await Promise.all(puts)) t.equal(error?.code, 'timeout');
});

t.test('an eager chunk that came corrupt is sent again', async (t) => {
  const { client, peer } = await greeted(t);
  const putting = client.put(content, 'a');
  await peer.next('DATA');
  peer.send('RESEND', 1, { offset: 0, epoch: 0, reason: 'digest' });
  peer.send('RESEND', 1, { offset: 0, epoch: 0, reason: 'digest' });
  peer.send('CREDIT', 1, { chunks: 1 }, 1);
  t.match(await peer.next('DATA'), { epoch: 1, offset: 0, leaf: leafOf(content), payload: content });
  peer.send('ACK', 1, { grade: 2, chunks: [0, 1] });
  peer.sendPublished(1, content);
  await putting;
});

t.test('a server that published something else', async (t) => {
  const { client, peer } = await greeted(t);
  const putting = failureOf(client.put(content, 'a'));
  await peer.next('PUT');
  peer.sendPublished(1, Buffer.from('something else'));
  t.match(await putting, { code: 'digest-mismatch', name: 'IntegrityError' });
});

t.test('busy is tried again with the same content', async (t) => {
  const { client, peer } = await greeted(t);
  const putting = client.put(content, 'a');
  await peer.next('DATA', 1);
  peer.sendError(1, 49, 'busy', { retryAfterMs: 1 });
  t.match(await peer.next('DATA', 3), { payload: content });
  peer.sendPublished(3, content);
  await putting;
});
