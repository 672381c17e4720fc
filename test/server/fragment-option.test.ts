import { randomBytes } from 'node:crypto';
import t from 'tap';
import { connect } from '../../lib/client/connect.js';
import { data } from '../fixtures/naive-frames.js';
import { startServer } from '../fixtures/server.js';

const MIB = 1_048_576;

t.test('the smaller of both offers is in force, above the default too (P-3.5)', async (t) => {
  for (const [server, client, agreed] of [
    [MIB, MIB, MIB],
    [MIB, 65_536, 65_536],
    [8_192, MIB, 8_192],
  ] as const) {
    const { port } = await startServer(t, { fragment: server });
    const connection = await connect({ host: '127.0.0.1', port }, { fragmentSize: client });
    t.equal(connection.server.fragment, agreed);
    const content = randomBytes(MIB + 5_000);
    await connection.put(content, 'a');
    t.ok(content.equals((await connection.getBuffer('a')).content), 'both ways');
    await connection.close();
  }
});

t.test('a payload above what was agreed is refused', async (t) => {
  const { client } = await startServer(t, { fragment: 8_192 });
  const peer = await client({ fragment: MIB });
  t.equal(peer.hello['fragment'], 8_192);
  peer.write(data(1, 1, 0, Buffer.alloc(8_193)).subarray(0, 100));
  t.equal(await peer.connectionError(), 'frame-too-large');
});

t.test('a fragment that the protocol does not know', async (t) => {
  for (const fragment of [4_095, MIB + 1, 5_000.5]) {
    await t.rejects(startServer(t, { fragment }), { code: 'bad-option' });
  }
});
