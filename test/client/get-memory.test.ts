import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { CHUNK } from '../fixtures/naive-frames.js';
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
  t.ok(
    (await Promise.all(rest)).every((error) => error?.code === 'closed'),
    'those that wait end with the client',
  );
});

t.test('a file that is known to come in one frame needs none of that memory', async (t) => {
  const { client, peer } = await greeted(t);
  const folder = temporaryFolder(t);
  const held = Array.from({ length: POOL }, (_, i) => failureOf(client.get(`${i}`, join(folder, `${i}`))));
  for (let i = 0; i < POOL; i++) await peer.next('GET');
  const getting = client.getTree('tree', join(folder, 'tree'));
  const { stream } = await peer.next('LIST');
  const sizes = [262_144, 262_145];
  peer.send('ENTRIES', stream, { entries: sizes.map((size) => [`${size}`, 'file', size, 1_000]) });
  peer.send('RESULT', stream);
  const small = await peer.next('GET');
  t.same(small.fields, { path: 'tree/262144', credit: 1 });
  peer.sendWhole(small.stream, content.subarray(0, 262_144));
  t.notOk(peer.seen.includes('GET'), 'the other waits');
  peer.sendWhole(1, content);
  const large = await peer.next('GET');
  t.same(large.fields, { path: 'tree/262145', credit: 1 });
  peer.sendWhole(large.stream, content.subarray(0, 262_145));
  t.match(await getting, { files: 2, failed: 0 });
  for (const size of sizes) t.ok(content.subarray(0, size).equals(fs.readFileSync(join(folder, `tree/${size}`))));
  await client.close();
  await Promise.all(held);
});
