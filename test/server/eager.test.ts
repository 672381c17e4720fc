import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { data, leafOf, rootOf } from '../fixtures/naive-frames.js';
import type { RawClient } from '../fixtures/raw-client.js';
import { startServer } from '../fixtures/server.js';

function putEagerly(peer: RawClient, path: string, content: Buffer, fields = {}, sent = content): number {
  const stream = peer.request('PUT', { path, size: content.length, root: rootOf(content), ...fields });
  if (content.length > 0) peer.write(data(stream, 0, 0, sent, leafOf(content)));
  return stream;
}

t.test('eager files (P-5.9)', async (t) => {
  const { dir, client, partials, files } = await startServer(t);
  const peer = await client();

  t.test('a hundred at once, sizes from empty to the greatest', async (t) => {
    const contents = Array.from({ length: 100 }, (_, i) => randomBytes(i === 99 ? 65_536 : i * 97));
    const streams = contents.map((content, i) =>
      putEagerly(peer, `many/${i}`, content, { mtimeMs: 1_600_000_000_000 + i }),
    );
    for (const [i, stream] of streams.entries()) {
      const { name, fields } = await peer.final(stream);
      t.equal(name, 'RESULT');
      t.match(fields, { size: contents[i]!.length, mtimeMs: 1_600_000_000_000 + i });
      t.ok(readFileSync(join(dir, `many/${i}`)).equals(contents[i]!));
    }
    t.same(partials(), []);
  });

  t.test('bytes that are not those of the digest are refused, the old file stands', async (t) => {
    writeFileSync(join(dir, 'kept'), 'old');
    const content = randomBytes(500);
    const other = Buffer.from(content);
    other[0]! ^= 1;
    t.equal(await peer.outcome(putEagerly(peer, 'kept', content, {}, other)), 'digest-mismatch');
    t.equal(await peer.outcome(putEagerly(peer, 'kept', content, { root: Buffer.alloc(32) })), 'digest-mismatch');
    t.equal(readFileSync(join(dir, 'kept'), 'utf8'), 'old');
  });

  t.test('two of one name are published in order', async (t) => {
    const first = putEagerly(peer, 'twice', Buffer.from('first'));
    const second = putEagerly(peer, 'twice', Buffer.from('second'));
    const third = putEagerly(peer, 'twice', Buffer.from('third'), { ifAbsent: true });
    t.equal(await peer.outcome(first), 'RESULT');
    t.equal(await peer.outcome(second), 'RESULT');
    t.equal(await peer.outcome(third), 'exists');
    t.equal(readFileSync(join(dir, 'twice'), 'utf8'), 'second');
  });

  t.test('cancelled before its chunk came', async (t) => {
    const stream = peer.request('PUT', { path: 'never', size: 5, root: rootOf(Buffer.from('never')) });
    peer.send('CANCEL', stream);
    t.equal(await peer.outcome(stream), 'cancelled');
    peer.write(data(stream, 0, 0, Buffer.from('never'), leafOf(Buffer.from('never'))));
    t.equal(await peer.outcome(peer.request('STAT', { path: 'never' })), 'not-found');
    t.notOk(files().includes('never'));
  });
});

t.test('more than the allowance is over-credit', async (t) => {
  const { client } = await startServer(t);
  const peer = await client();
  const root = Buffer.alloc(32);
  // Opened and not sent: each counts until its final frame.
  for (let i = 0; i <= 16; i++) peer.request('PUT', { path: `big-${i}`, size: 65_536, root });
  t.equal(await peer.connectionError(), 'over-credit');
});

t.test('an eager file beyond the limit is over-credit', async (t) => {
  const { client } = await startServer(t);
  const peer = await client();
  peer.request('PUT', { path: 'big', size: (peer.hello['eager'] as number) + 1, root: Buffer.alloc(32) });
  t.equal(await peer.connectionError(), 'over-credit');
});

t.test('without room the chunk is skipped, and taken against credit later (P-5.9)', async (t) => {
  // Four slots: two for downloads, two for uploads, which two idle uploads hold.
  const { dir, client } = await startServer(t, { memory: 4 * 1024 * 1024, slotTiming: { tick: 20, unusedGrant: 60 } });
  const holder = await client();
  for (let i = 0; i < 2; i++) {
    const stream = holder.request('PUT', { path: `held-${i}`, size: 9, want: 1 });
    await holder.next('CREDIT', stream);
  }
  const peer = await client();
  const content = randomBytes(3_000);
  const stream = putEagerly(peer, 'patient', content);
  t.match((await peer.next('RESEND', stream)).fields, { offset: 0, epoch: 0, reason: 'revoked' });
  const { epoch, fields } = await peer.next('CREDIT', stream);
  t.ok(epoch >= 1);
  t.equal(fields['chunks'], 1);
  peer.sendChunk(stream, epoch, 0, content);
  t.equal(await peer.outcome(stream), 'RESULT');
  t.ok(readFileSync(join(dir, 'patient')).equals(content));
});
