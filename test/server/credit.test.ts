import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { CHUNK, data, rootOf } from '../fixtures/naive-frames.js';
import { Gate } from '../fixtures/gated-store.js';
import { startServer } from '../fixtures/server.js';

const SLOTS_16 = 22 * CHUNK; // a quarter of the slab, rounded down, is for downloads

t.test('60 uploads that open and send nothing, on 16 slots: an honest one goes through', async (t) => {
  const { dir, client } = await startServer(t, { memory: SLOTS_16, slotTiming: { tick: 20, unusedGrant: 40 } });
  const idle = await Promise.all(
    Array.from({ length: 60 }, async (_, i) => {
      const peer = await client();
      peer.request('PUT', { path: `idle-${i}`, size: 9 * CHUNK, want: 9 });
      return peer;
    }),
  );
  // All memory is promised to idle ones, and others wait.
  await Promise.all(idle.slice(0, 16).map((peer) => peer.next('CREDIT')));
  const honest = await client();
  const content = randomBytes(3 * CHUNK + 17);
  t.equal((await honest.put('honest', content)).name, 'RESULT');
  t.ok(readFileSync(join(dir, 'honest')).equals(content));
});

t.test(
  'a grant that is taken back begins a new epoch; DATA of the old one is skipped and asked for again',
  async (t) => {
    const { dir, client } = await startServer(t, { memory: 4 * CHUNK, slotTiming: { tick: 20, unusedGrant: 40 } });
    const slow = await client();
    const content = randomBytes(CHUNK);
    const stream = slow.request('PUT', { path: 'slow', size: CHUNK, want: 1 });
    const granted = await slow.next('CREDIT', stream);
    const others = await Promise.all([client(), client()]);
    for (const other of others) other.request('PUT', { path: 'other', size: 9, want: 1 });
    const revoked = await slow.take((frame) => frame.name === 'CREDIT' && frame.epoch > granted.epoch);
    t.equal(revoked.fields['chunks'], 0);
    slow.sendChunk(stream, granted.epoch, 0, content);
    t.match((await slow.next('RESEND', stream)).fields, { offset: 0, epoch: granted.epoch, reason: 'revoked' });
    for (const other of others) other.close();
    slow.send('WANT', stream, { chunks: 1 });
    const again = await slow.next('CREDIT', stream);
    t.equal(again.epoch, revoked.epoch);
    slow.sendChunk(stream, again.epoch, 0, content);
    slow.send('COMMIT', stream, { size: CHUNK, root: rootOf(content) });
    t.equal(await slow.outcome(stream), 'RESULT');
    t.ok(readFileSync(join(dir, 'slow')).equals(content));
    t.notOk(
      slow.untaken.some(({ name }) => name === 'RESEND'),
      'one RESEND for a chunk',
    );
  },
);

const fragment = (stream: number, epoch: number): Buffer => data(stream, epoch, 0, Buffer.alloc(262_144, 0xaa));

t.test('a chunk that fills too slowly loses its slot while others wait', async (t) => {
  for (const socketPath of ['direct', 'plain'] as const) {
    const { dir, client } = await startServer(t, {
      memory: 4 * CHUNK,
      socketPath,
      slotTiming: { tick: 20, unusedGrant: 60 },
    });
    const stalling = await Promise.all([client(), client()]);
    for (const [i, peer] of stalling.entries()) {
      const stream = peer.request('PUT', { path: `stalling-${i}`, size: CHUNK, want: 1 });
      const { epoch } = await peer.next('CREDIT', stream);
      // It stops in mid-fragment: on the direct path the slot's memory is with the kernel.
      peer.write(fragment(stream, epoch).subarray(0, 100_000));
    }
    const honest = await client();
    const content = randomBytes(2 * CHUNK);
    t.equal((await honest.put('honest', content)).name, 'RESULT', socketPath);
    const evicted = await Promise.race(stalling.map((peer) => peer.next('RESEND')));
    t.match(evicted.fields, { offset: 0, reason: 'revoked' });
    // What the evicted peers still send must land nowhere.
    for (const peer of stalling) peer.write(fragment(1, 1).subarray(100_000));
    await Promise.all(
      stalling.map(async (peer) => {
        const stat = peer.request('STAT', { path: 'honest' });
        t.equal(await peer.outcome(stat), 'RESULT', 'framing was kept');
      }),
    );
    t.ok(readFileSync(join(dir, 'honest')).equals(content));
  }
});

t.test('who waits too long for memory is told busy, with a time', async (t) => {
  const gate = new Gate();
  const { client } = await startServer(t, {
    memory: 4 * CHUNK,
    wrapStore: gate.wrap,
    slotTiming: { tick: 10, floorWait: 50 },
  });
  const holders = await Promise.all([client(), client()]);
  for (const [i, peer] of holders.entries()) {
    const stream = peer.request('PUT', { path: `full-${i}`, size: CHUNK, want: 1 });
    const { epoch } = await peer.next('CREDIT', stream);
    peer.sendChunk(stream, epoch, 0, Buffer.alloc(CHUNK));
  }
  await gate.untilWaiting(2);
  const late = await client();
  const { fields } = await late.final(late.request('PUT', { path: 'late', size: 9, want: 1 }));
  t.equal(fields['name'], 'busy');
  t.ok((fields['retryAfterMs'] as number) > 0);
  gate.open();
});

t.test('a slow disk stops the sender: credit runs out, and DATA beyond it is over-credit', async (t) => {
  const gate = new Gate();
  const { client } = await startServer(t, { memory: 16 * CHUNK, wrapStore: gate.wrap });
  const peer = await client();
  const stream = peer.request('PUT', { path: 'stopped', size: 100 * CHUNK, want: 50 });
  let limit = 0;
  let epoch = 0;
  let sent = 0;
  const isCredit = ({ name }: { name: string }): boolean => name === 'CREDIT';
  const send = (): void => {
    for (; sent < limit; sent++) peer.sendChunk(stream, epoch, sent * CHUNK, Buffer.alloc(CHUNK, sent));
  };
  // As many as are granted ahead of a disk that has not written anything yet.
  while (sent < 8) {
    const credit = await peer.take(isCredit);
    limit = credit.fields['chunks'] as number;
    epoch = credit.epoch;
    send();
  }
  await gate.untilWaiting(sent);
  // Everything granted is with the disk. A STAT answered later shows that no more credit came before it.
  t.equal(await peer.outcome(peer.request('STAT', { path: '' })), 'RESULT');
  t.notOk(peer.untaken.some(isCredit), 'no credit while nothing is written');
  t.ok(sent <= 12, 'never more than the slots for uploads');
  peer.write(data(stream, epoch, sent * CHUNK, Buffer.alloc(5_000)));
  t.equal(await peer.connectionError(), 'over-credit');
  gate.open();
});

t.test('PROGRESS says that the server is at work while its disk is slow (P-9.2)', async (t) => {
  const gate = new Gate();
  const { client } = await startServer(t, { wrapStore: gate.wrap, timeouts: { progress: 20 } });
  const peer = await client();
  const stream = peer.request('PUT', { path: 'waiting', size: 9, want: 1 });
  const { epoch } = await peer.next('CREDIT', stream);
  peer.sendChunk(stream, epoch, 0, Buffer.alloc(9));
  const { flags } = await peer.next('PROGRESS', stream);
  t.equal(flags, 0x80, 'ignorable');
  gate.open();
});
