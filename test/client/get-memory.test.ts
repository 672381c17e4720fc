import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { CHUNK, data, leafOf, rootOf } from '../fixtures/naive-frames.js';
import { failureOf, greeted } from '../fixtures/raw-peer.js';
import { temporaryFolder } from '../fixtures/server.js';

/** Chunks of memory that a client has for all its downloads. */
const POOL = 64;
const content = randomBytes(CHUNK);

t.test('a file is asked for when there is memory for its first chunk, and always with credit (P-5.7)', async (t) => {
  const { client, peer } = await greeted(t);
  const folder = temporaryFolder(t);
  const aborts = new AbortController();
  const gets = Array.from({ length: POOL + 3 }, (_, i) =>
    client.get(`${i}`, join(folder, `${i}`), i === POOL ? { signal: aborts.signal } : {}),
  );
  const aborted = failureOf(gets[POOL]!);
  for (let i = 0; i < POOL; i++) t.same((await peer.next('GET')).fields, { path: `${i}`, credit: 1 });
  // Answered behind whatever else was asked for.
  const statting = client.stat('a');
  const { stream } = await peer.next('STAT');
  peer.sendError(stream, 1, 'not-found');
  await failureOf(statting);
  t.same(peer.seen, [], 'no more than there is memory for');
  aborts.abort();
  t.equal((await aborted)?.name, 'AbortError');
  for (let i = 0; i < 2; i++) {
    peer.sendWhole(2 * i + 1, content);
    await gets[i];
    t.same(
      (await peer.next('GET')).fields,
      { path: `${POOL + 1 + i}`, credit: 1 },
      'one done, one more; not the aborted',
    );
  }
  t.same(
    fs
      .readdirSync(folder)
      .filter((name) => /^\d+$/.test(name))
      .sort(),
    ['0', '1'],
  );
  const rest = [...gets.slice(2, POOL), ...gets.slice(POOL + 1)].map(failureOf);
  await client.close();
  t.ok((await Promise.all(rest)).every((error) => error?.code === 'closed'));
});

for (const [how, code] of [
  ['the client is closed', 'closed'],
  ['the connection is lost', 'connection-lost'],
  ['the server goes away', 'shutting-down'],
] as const) {
  t.test(`when ${how} those that wait for memory end as well`, async (t) => {
    const { client, peer } = await greeted(t);
    const folder = temporaryFolder(t);
    const gets = Array.from({ length: POOL + 6 }, (_, i) => failureOf(client.get(`${i}`, join(folder, `${i}`))));
    for (let i = 0; i < POOL; i++) await peer.next('GET');
    if (code === 'closed') await client.close();
    else if (code === 'connection-lost') peer.socket.destroy();
    else {
      peer.send('GOAWAY', 0, { reason: 'it stops' });
      peer.socket.end();
    }
    t.same(new Set((await Promise.all(gets)).map((error) => error?.code)), new Set([code]));
    t.same(fs.readdirSync(folder), []);
  });
}

for (const fragment of [262_144, 65_536]) {
  t.test(`a file that is known to come in one frame of ${fragment} bytes needs none of that memory`, async (t) => {
    const { client, peer } = await greeted(t, { fragment });
    const folder = temporaryFolder(t);
    const sendWhole = (stream: number, length: number): void => {
      const bytes = content.subarray(0, length);
      peer.sendFile(stream, bytes);
      for (let at = 0; at < length; at += fragment) {
        const part = bytes.subarray(at, at + fragment);
        peer.write(data(stream, 0, at, part, at + part.length === length ? leafOf(bytes) : undefined));
      }
      peer.send('RESULT', stream, { root: rootOf(bytes) });
    };
    const held = Array.from({ length: POOL }, (_, i) => failureOf(client.get(`${i}`, join(folder, `${i}`))));
    for (let i = 0; i < POOL; i++) await peer.next('GET');
    const getting = client.getTree('tree', join(folder, 'tree'));
    const { stream } = await peer.next('LIST');
    const sizes = [fragment, fragment + 1];
    peer.send('ENTRIES', stream, { entries: sizes.map((size) => [`${size}`, 'file', size, 1_000]) });
    peer.send('RESULT', stream);
    const small = await peer.next('GET');
    t.same(small.fields, { path: `tree/${fragment}`, credit: 1 });
    sendWhole(small.stream, fragment);
    t.notOk(peer.seen.includes('GET'), 'the other waits');
    sendWhole(1, CHUNK);
    const large = await peer.next('GET');
    t.same(large.fields, { path: `tree/${fragment + 1}`, credit: 1 });
    sendWhole(large.stream, fragment + 1);
    t.match(await getting, { files: 2, failed: 0 });
    for (const size of sizes) t.ok(content.subarray(0, size).equals(fs.readFileSync(join(folder, `tree/${size}`))));
    await client.close();
    await Promise.all(held);
  });
}
