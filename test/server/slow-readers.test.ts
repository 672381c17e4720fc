import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { CHUNK } from '../fixtures/naive-frames.js';
import { startServer } from '../fixtures/server.js';

t.test('readers that hold all memory and hardly read are cut when others wait', async (t) => {
  // Two slots for downloads.
  const { dir, client } = await startServer(t, {
    memory: 4 * CHUNK,
    timeouts: { lastWords: 20 },
    readTiming: { tick: 20, window: 100 },
  });
  const content = randomBytes(14 * CHUNK);
  writeFileSync(join(dir, 'large'), content);
  const slow = await Promise.all(Array.from({ length: 4 }, () => client()));
  for (const peer of slow) {
    peer.socket.pause();
    for (let i = 0; i < 3; i++) peer.request('GET', { path: 'large', credit: 14 });
  }
  const honest = await client();
  t.equal(await honest.outcome(honest.request('GET', { path: 'large', credit: 14 })), 'RESULT');
});

t.test('a GET that waits for memory is cancelled at once (P-9.3)', async (t) => {
  const { dir, client } = await startServer(t, { memory: 4 * CHUNK });
  writeFileSync(join(dir, 'large'), randomBytes(14 * CHUNK));
  const slow = await Promise.all(Array.from({ length: 2 }, () => client()));
  for (const peer of slow) {
    for (let i = 0; i < 4; i++) peer.request('GET', { path: 'large', credit: 14 });
    await peer.next('DATA');
    peer.socket.pause();
  }
  const other = await client();
  for (let i = 0; i < 300; i++) await other.outcome(other.request('STAT', { path: '' }));
  const waiting = other.request('GET', { path: 'large', credit: 0 });
  other.send('CANCEL', waiting);
  t.equal(await other.outcome(waiting), 'cancelled');
});
