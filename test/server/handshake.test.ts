import t from 'tap';
import { message, pack, PREFACE_BYTES, rawFrame, TYPE } from '../fixtures/naive-frames.js';
import { startServer } from '../fixtures/server.js';

const HELLO = { versions: [1], algorithms: ['sha256'], fragment: 262_144 };

t.test('the server answers with its preface and what is in force (P-1.3, P-3.2)', async (t) => {
  const { client } = await startServer(t);
  const { hello } = await client({ algorithms: ['no-such', 'sha256', 'blake3'], fragment: 8_192, versions: [7, 1] });
  t.match(hello, { version: 1, algorithm: 'sha256', fragment: 8_192, chunk: 1_048_576, streams: 128 });
  t.ok((hello['eager'] as number) <= 8_192, 'an eager file fits one fragment');
});

t.test('preface and HELLO in single bytes', async (t) => {
  const { rawClient } = await startServer(t);
  const client = rawClient();
  client.socket.setNoDelay(true);
  for (const byte of Buffer.concat([PREFACE_BYTES, message('HELLO', 0, HELLO)])) client.write(Buffer.of(byte));
  t.equal((await client.next('HELLO')).fields['version'], 1);
});

t.test('a damaged preface is told so (P-1.4)', async (t) => {
  const { rawClient } = await startServer(t);
  const client = rawClient();
  client.write(Buffer.from('d3534c430a1a0a00', 'hex'));
  t.equal(await client.connectionError(), 'bad-preface');
  await client.closed;
});

t.test('HTTP gets one readable line, and nothing of it is parsed (P-1.4)', async (t) => {
  const { port } = await startServer(t);
  const { connect } = await import('node:net');
  const socket = connect(port, '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  let text = '';
  for await (const bytes of socket) text += String(bytes);
  t.match(text, /^\{"status": "ERROR", .*\}\r\n\r\n$/);
  t.equal(text.split('\r\n').length, 3, 'one line');
});

t.test('silence ends in handshake-timeout (P-1.5)', async (t) => {
  const { rawClient } = await startServer(t, { timeouts: { handshake: 30 } });
  const client = rawClient();
  client.write(PREFACE_BYTES);
  t.equal(await client.connectionError(), 'handshake-timeout');
});

const refused = [
  { why: 'no version in common', code: 'unsupported-version', hello: { ...HELLO, versions: [2, 9] } },
  { why: 'no sha256 offered', code: 'bad-message', hello: { ...HELLO, algorithms: ['blake3'] } },
  { why: 'a fragment below 4,096', code: 'bad-message', hello: { ...HELLO, fragment: 4_095 } },
  { why: 'no versions at all', code: 'bad-message', hello: { algorithms: ['sha256'], fragment: 4_096 } },
];
for (const { why, code, hello } of refused) {
  t.test(`HELLO with ${why}: ${code}`, async (t) => {
    const { rawClient } = await startServer(t);
    const client = rawClient();
    client.write(PREFACE_BYTES, message('HELLO', 0, hello));
    t.equal(await client.connectionError(), code);
    await client.closed;
  });
}

t.test('nothing goes before HELLO, and HELLO only once (P-1.3, P-3.4)', async (t) => {
  const { rawClient, client } = await startServer(t);
  const early = rawClient();
  early.write(PREFACE_BYTES, message('STAT', 1, { path: '' }));
  t.equal(await early.connectionError(), 'wrong-state');
  const twice = await client();
  twice.send('HELLO', 0, HELLO);
  t.equal(await twice.connectionError(), 'wrong-state');
});

t.test('one connection too many is refused in words (P-1.6), and a place that became free is used', async (t) => {
  const { rawClient, client, server } = await startServer(t, { maxConnections: 1 });
  const first = await client();
  const second = rawClient();
  second.write(PREFACE_BYTES, message('HELLO', 0, HELLO));
  t.equal(await second.connectionError(), 'too-many-connections');
  await second.closed;
  first.socket.end();
  await first.closed;
  t.equal(server.connections, 0);
  t.equal((await client()).hello['version'], 1);
});

t.test('an unknown frame before HELLO is no way around it', async (t) => {
  const { rawClient } = await startServer(t);
  const client = rawClient();
  client.write(PREFACE_BYTES, rawFrame({ type: 0x7e, flags: 0x80, meta: pack({ a: 1 }), payload: Buffer.alloc(9) }));
  client.write(rawFrame({ type: TYPE.PING, meta: pack({ id: 1 }) }));
  client.write(message('HELLO', 0, HELLO));
  t.equal(await client.connectionError(), 'wrong-state');
});
