import { randomBytes } from 'node:crypto';
import t from 'tap';
import { CHUNK, data } from '../fixtures/naive-frames.js';
import { startServer } from '../fixtures/server.js';

t.test('an upload that is evicted is not promised the slot that it just gave back', async (t) => {
  // Two slots for uploads.
  const { client } = await startServer(t, { memory: 4 * CHUNK, slotTiming: { tick: 20, unusedGrant: 60 } });
  const peer = await client();
  const slow = peer.request('PUT', { path: 'slow', size: 9 * CHUNK, want: 1 });
  const { epoch } = await peer.next('CREDIT', slow);
  peer.write(data(slow, epoch, 0, Buffer.alloc(262_144)).subarray(0, 300_000));
  const other = peer.request('PUT', { path: 'other', size: 9 * CHUNK, want: 1 });
  await peer.next('CREDIT', other);
  peer.write(data(other, 1, 0, Buffer.alloc(262_144)));
  // It wants more than it holds when a third one, which holds nothing, makes the slow ones give way.
  peer.send('WANT', slow, { chunks: 3 });
  const third = peer.request('PUT', { path: 'third', size: CHUNK, want: 1 });
  const granted = await peer.next('CREDIT', third);
  const content = randomBytes(CHUNK);
  peer.sendChunk(third, granted.epoch, 0, content);
  await peer.next('ACK', third);
  const credits = peer.untaken.filter(
    ({ name, stream, fields }) => name === 'CREDIT' && stream === slow && fields['chunks'],
  );
  t.same(credits, [], 'no credit that nothing backs, and that it did not ask for again');
});
