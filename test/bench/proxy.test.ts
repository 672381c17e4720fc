import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import { Proxy, type ProxyOptions } from '../../bench/proxy/proxy.js';

const MIB = 1024 * 1024;

interface Ends {
  readonly proxy: Proxy;
  readonly client: Socket;
  readonly server: Socket;
}

/** A client and a server with the proxy between them. The server's socket is paused. */
async function join(t: Test, options: Omit<ProxyOptions, 'target'>): Promise<Ends> {
  const listener = createServer({ allowHalfOpen: true, pauseOnConnect: true });
  await listening(listener);
  const proxy = await Proxy.listen({ ...options, target: portOf(listener) });
  const client = connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true });
  client.pause();
  const [server] = (await once(listener, 'connection')) as [Socket];
  t.teardown(async () => {
    client.destroy();
    server.destroy();
    await proxy.close();
    listener.close();
  });
  return { proxy, client, server };
}

async function listening(server: Server): Promise<void> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

/** All that comes up to the end. (`buffer` of node:stream/consumers would close the other half as well.) */
async function everything(socket: Socket): Promise<Buffer> {
  const pieces: Buffer[] = [];
  socket.on('data', (bytes) => pieces.push(bytes)).resume();
  await once(socket, 'end');
  return Buffer.concat(pieces);
}

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

for (const roundTrip of [0, 20]) {
  t.test(`bytes come through both ways at once, unchanged and in order, with ${roundTrip} ms`, async (t) => {
    const { client, server } = await join(t, { roundTrip });
    const [up, down] = [randomBytes(5 * MIB + 3), randomBytes(4 * MIB + 7)];
    const arrived = Promise.all([everything(server), everything(client)]);
    // In pieces of many sizes.
    for (let at = 0, size = 1; at < up.length; at += size, size = (size * 3) % 200_003) {
      client.write(up.subarray(at, at + size));
    }
    client.end();
    server.end(down);
    const [above, below] = await arrived;
    t.equal(digest(above), digest(up));
    t.equal(digest(below), digest(down));
  });
}

t.test('a half-close passes, and the other half stays open', async (t) => {
  const { client, server } = await join(t, { roundTrip: 10 });
  client.end('question');
  t.equal(String(await everything(server)), 'question', 'the server sees the end');
  server.write('first ');
  client.resume();
  const [first] = (await once(client, 'data')) as [Buffer];
  client.pause();
  t.equal(String(first), 'first ');
  server.end('second');
  t.equal(String(await everything(client)), 'second');
});

t.test('a sender whose reader does not read is stopped at the bound, and goes on later', async (t) => {
  const capacity = 300_000;
  let whenFull!: () => void;
  const full = new Promise<void>((resolve) => (whenFull = resolve));
  const { proxy, client, server } = await join(t, { roundTrip: 0, rate: 1e9, capacity, onFull: () => whenFull() });
  const bytes = randomBytes(64 * MIB);
  client.end(bytes);
  await full;
  t.equal(digest(await everything(server)), digest(bytes));
  t.ok(proxy.mostHeld >= capacity);
  // One read of a socket is at most so long, and Node may have had a second one ready.
  t.ok(proxy.mostHeld <= capacity + 2 * 65_536, `it held ${proxy.mostHeld} bytes`);
});

t.test('a reset passes from the client to the server', async (t) => {
  const { client, server } = await join(t, { roundTrip: 0 });
  server.resume();
  client.resetAndDestroy();
  const [error] = (await once(server, 'error')) as [NodeJS.ErrnoException];
  t.equal(error.code, 'ECONNRESET');
});

t.test('a reset passes from the server to the client', async (t) => {
  const { client, server } = await join(t, { roundTrip: 0 });
  client.resume();
  server.resetAndDestroy();
  const [error] = (await once(client, 'error')) as [NodeJS.ErrnoException];
  t.equal(error.code, 'ECONNRESET');
});

t.test('where nobody listens the client is reset', async (t) => {
  const listener = createServer();
  await listening(listener);
  const target = portOf(listener);
  listener.close();
  await once(listener, 'close');
  const proxy = await Proxy.listen({ target, roundTrip: 10 });
  t.teardown(() => proxy.close());
  const client = connect(proxy.port, '127.0.0.1');
  client.resume();
  const [error] = (await once(client, 'error')) as [NodeJS.ErrnoException];
  t.equal(error.code, 'ECONNRESET');
});

t.test('several connections at once', async (t) => {
  const listener = createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket));
  await listening(listener);
  const proxy = await Proxy.listen({ target: portOf(listener), roundTrip: 4 });
  t.teardown(async () => {
    await proxy.close();
    listener.close();
  });
  const echoes = Array.from({ length: 10 }, async () => {
    const bytes = randomBytes(300_000);
    const client = connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true });
    client.end(bytes);
    t.equal(digest(await everything(client)), digest(bytes));
  });
  await Promise.all(echoes);
});
