import t from 'tap';
import { CHUNK, data } from '../fixtures/naive-frames.js';
import { startServer } from '../fixtures/server.js';

t.test('DATA of an older epoch beyond what that epoch granted is over-credit (P-5.4)', async (t) => {
  const { client } = await startServer(t);
  const peer = await client();
  const stream = peer.request('PUT', { path: 'endless', want: 1 });
  await peer.next('CREDIT', stream);
  // Each would be remembered as a chunk that is owed, and answered by a RESEND.
  for (let i = 0; i < 100; i++) peer.write(data(stream, 0, i * CHUNK, Buffer.of(1), Buffer.alloc(32)));
  t.equal(await peer.connectionError(), 'over-credit');
});
