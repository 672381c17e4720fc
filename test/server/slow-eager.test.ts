import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { connect } from '../../lib/client/connect.js';
import { CHUNK, data, leafOf, rootOf } from '../fixtures/naive-frames.js';
import { startServer } from '../fixtures/server.js';

t.test('eager files that stop in the middle keep nobody out', async (t) => {
  for (const socketPath of ['direct', 'plain'] as const) {
    // Two slots for uploads.
    const { dir, port, client } = await startServer(t, {
      memory: 4 * CHUNK,
      socketPath,
      slotTiming: { tick: 20, unusedGrant: 60 },
    });
    const content = randomBytes(60_000);
    const frame = data(1, 0, 0, content, leafOf(content));
    const stalling = await Promise.all([client(), client(), client()]);
    for (const [i, peer] of stalling.entries()) {
      peer.request('PUT', { path: `stalling-${i}`, size: content.length, root: rootOf(content) });
      peer.write(frame.subarray(0, 30_000));
    }
    const honest = await client();
    // All that was sent has arrived when the server has turned a few times.
    for (let i = 0; i < 5; i++) await honest.outcome(honest.request('STAT', { path: '' }));
    const other = randomBytes(2 * CHUNK);
    // On a busy machine even its grants stay unused for too long, and are taken back: it must know how to go on.
    const uploader = await connect(`sluice://127.0.0.1:${port}`);
    t.match(await uploader.put(other, 'honest'), { size: other.length }, socketPath);
    await uploader.close();
    t.ok(readFileSync(join(dir, 'honest')).equals(other));
    // One was asked to send its chunk again, against credit.
    const { fields } = await Promise.any(stalling.map((peer) => peer.next('RESEND')));
    t.match(fields, { offset: 0, epoch: 0, reason: 'revoked' });
    // What still comes of it is skipped, and the framing is kept.
    for (const peer of stalling) {
      peer.write(frame.subarray(30_000));
      t.equal(await peer.outcome(peer.request('STAT', { path: 'honest' })), 'RESULT');
    }
    t.ok(readFileSync(join(dir, 'honest')).equals(other));
  }
});
