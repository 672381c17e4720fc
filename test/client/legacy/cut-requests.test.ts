import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import * as net from 'node:net';
import { Readable } from 'node:stream';
import t from 'tap';
import { connect } from '../../../lib/client/connect.js';
import { startOldServer } from '../../fixtures/old-server.js';
import { failureOf } from '../../fixtures/raw-peer.js';
import { startServer } from '../../fixtures/server.js';

/** Some servers take the end of the connection for the end of an upload: one that is cut must not look like that. */

/** A put of whole chunks, three of them, so that each piece is whole base64; cut when the server has something of it. */
async function cutPut(port: number, protocol: 'legacy-json' | 'legacy-text', begun: Promise<unknown>): Promise<void> {
  const client = await connect({ host: '127.0.0.1', port }, { protocol });
  const controller = new AbortController();
  const reason = new Error('enough');
  const source = new Readable({ read: () => undefined });
  source.push(randomBytes(3 * 1_048_576));
  const putting = failureOf(client.put(source, 'cut.bin', { signal: controller.signal }));
  await begun;
  controller.abort(reason);
  t.equal(await putting, reason);
  await client.close();
}

t.test('an upload that is aborted ends in a reset', async (t) => {
  for (const protocol of ['legacy-json', 'legacy-text'] as const) {
    const server = net.createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.teardown(() => server.close());
    let begin!: () => void;
    const begun = new Promise<void>((resolve) => (begin = resolve));
    const over = new Promise<string>((resolve) => {
      server.once('connection', (socket) => {
        socket.on('data', () => begin());
        socket.once('end', () => {
          resolve('end');
          socket.destroy();
        });
        socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code!));
      });
    });
    await cutPut((server.address() as net.AddressInfo).port, protocol, begun);
    t.equal(await over, 'ECONNRESET', protocol);
  }
});

t.test('a server that takes uploads without terminator publishes nothing of it', async (t) => {
  const server = await startServer(t, { legacyUnterminated: true });
  // Between client and server, to see that all that was sent has arrived, and to pass its end on as it was.
  let arrived = 0;
  let begin!: () => void;
  const begun = new Promise<void>((resolve) => (begin = resolve));
  let passed!: Promise<unknown>;
  const relay = net.createServer({ allowHalfOpen: true }, (near) => {
    const far = net.connect({ host: '127.0.0.1', port: server.port, allowHalfOpen: true });
    passed = once(far, 'close');
    far.on('error', () => undefined).on('data', (bytes) => near.write(bytes));
    far.on('end', () => far.destroy());
    near.on('data', (bytes) => {
      arrived += bytes.length;
      far.write(bytes, () => arrived >= 4 * 1_048_576 && begin());
    });
    near.on('end', () => far.end()).on('error', () => far.resetAndDestroy());
  });
  relay.listen(0, '127.0.0.1');
  await once(relay, 'listening');
  t.teardown(() => relay.close());
  await cutPut((relay.address() as net.AddressInfo).port, 'legacy-text', begun);
  await passed;
  await server.server.close();
  t.same(server.files(), []);
});

t.test('an OK while the kernel has not taken all of the request', async (t) => {
  const { port } = await startOldServer(t, 'early_server', '65536');
  for (const protocol of ['legacy-json', 'legacy-text'] as const) {
    const client = await connect({ host: '127.0.0.1', port }, { protocol });
    t.teardown(() => client.close());
    t.match(await failureOf(client.put(randomBytes(1_000_000), 'a.bin')), {
      code: 'digest-mismatch',
      message: /before all was sent/,
    });
  }
});
