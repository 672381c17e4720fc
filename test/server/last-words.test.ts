import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { CHUNK, rawFrame } from '../fixtures/naive-frames.js';
import type { RawClient } from '../fixtures/raw-client.js';
import { startServer } from '../fixtures/server.js';

const UNKNOWN = rawFrame({ type: 0x77, stream: 1 });

/** A round trip on another connection: the server's event loop has turned. */
async function turnServer(other: RawClient, times: number): Promise<void> {
  for (let i = 0; i < times; i++) await other.outcome(other.request('STAT', { path: '' }));
}

for (const halfCloses of [false, true]) {
  const how = halfCloses ? ', which has half-closed' : '';
  t.test(`the error is the last that a slow reader gets${how}, though chunks wait (P-8.2)`, async (t) => {
    const { dir, client } = await startServer(t);
    writeFileSync(join(dir, 'large'), randomBytes(14 * CHUNK));
    const other = await client();
    const peer = await client();
    peer.socket.pause();
    for (let i = 0; i < 4; i++) peer.request('GET', { path: 'large', credit: 14 });
    await turnServer(other, 50);
    peer.write(UNKNOWN);
    if (halfCloses) peer.socket.end();
    await turnServer(other, 50);
    peer.socket.resume();
    await peer.closed;
    t.equal(peer.untaken.at(-1)?.fields['name'], 'unknown-type');
  });
}

t.test('a peer that keeps sending still gets the error', async (t) => {
  const { client } = await startServer(t);
  const peer = await client();
  peer.write(UNKNOWN);
  for (let i = 0; i < 8; i++) peer.write(Buffer.alloc(CHUNK, 0xd3));
  t.equal(await peer.connectionError(), 'unknown-type');
});

t.test('a connection that has not said HELLO is told that the server stops (P-8.2)', async (t) => {
  const { rawClient, client, server } = await startServer(t);
  const silent = rawClient();
  const other = await client();
  await turnServer(other, 2);
  const closed = server.close({ drainMs: 60_000 });
  t.equal(await silent.connectionError(), 'shutting-down');
  silent.close();
  await closed;
});
