import * as net from 'node:net';
import t from 'tap';
import { connect } from '../../lib/client/connect.js';
import { parseTarget } from '../../lib/client/connect.js';
import { ArgumentError, ConnectionError, RemoteError, TimeoutError } from '../../lib/client/errors.js';
import { ProtocolError } from '../../protocol/errors.js';
import { PREFACE_BYTES } from '../fixtures/naive-frames.js';
import { failureOf, greeted, listenRaw, type RawPeer } from '../fixtures/raw-peer.js';

const at = (port: number) => ({ host: '127.0.0.1', port });

t.test('a connected client knows what the server said of itself', async (t) => {
  const { client } = await greeted(t, { streams: 7, agent: 'peer/1' });
  t.equal(client.algorithm, 'sha256');
  t.match(client.server, { host: '127.0.0.1', agent: 'peer/1', streams: 7, fragment: 262_144 });
});

t.test('a name with several addresses, by URL, on both socket paths', async (t) => {
  const { port, accept } = await listenRaw(t);
  for (const socketPath of ['direct', 'plain'] as const) {
    const connecting = connect(`sluice://localhost:${port}/some/path`, { socketPath });
    await (await accept()).greet();
    await (await connecting).close();
  }
});

t.test('the HELLO says what the options ask for', async (t) => {
  const { port, accept } = await listenRaw(t);
  const connecting = connect(at(port), { algorithms: ['sha256'], fragmentSize: 8_192 });
  const peer = await accept();
  const { fields } = await peer.next('HELLO');
  t.match(fields, { versions: [1], algorithms: ['sha256'], fragment: 8_192 });
  peer.socket.destroy();
  t.equal((await failureOf(connecting))?.code, 'not-sluice');
});

t.test('refused', async (t) => {
  const listener = net.createServer();
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const { port } = listener.address() as net.AddressInfo;
  await new Promise((resolve) => listener.close(resolve));
  const error = await failureOf(connect(at(port)));
  t.ok(error instanceof ConnectionError);
  t.match(error, { code: 'connection-refused', message: `127.0.0.1:${port} refused` });
});

t.test('unknown host', async (t) => {
  const error = await failureOf(connect('sluice://no-such-host.invalid:45000'));
  t.ok(error instanceof ConnectionError);
  t.match(error, { code: 'unknown-host', message: 'no-such-host.invalid' });
});

const FOREIGN: Record<string, (peer: RawPeer) => void> = {
  'another protocol': (peer) => peer.socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'),
  'a mangled preface': (peer) => peer.socket.write(Buffer.from('d3534c430a1a0a00', 'hex')),
  'a few bytes of another protocol': (peer) => peer.socket.write('S'),
  'a close without a word': (peer) => peer.socket.end(),
  'a reset': (peer) => peer.socket.resetAndDestroy(),
  'half a preface, then a close': (peer) => peer.socket.end(PREFACE_BYTES.subarray(0, 4)),
};
for (const [name, act] of Object.entries(FOREIGN)) {
  t.test(`not a Sluice server: ${name}`, async (t) => {
    const { port, accept } = await listenRaw(t);
    const connecting = failureOf(connect(at(port)));
    act(await accept());
    const error = await connecting;
    t.ok(error instanceof ConnectionError);
    t.match(error, { code: 'not-sluice', message: 'Check the port' });
  });
}

const SILENT: Record<string, (peer: RawPeer) => void> = {
  'says nothing': () => undefined,
  'sends half a preface': (peer) => peer.write(PREFACE_BYTES.subarray(0, 4)),
  'sends its preface only': (peer) => peer.write(PREFACE_BYTES),
};
for (const [name, act] of Object.entries(SILENT)) {
  t.test(`a server that ${name}`, async (t) => {
    const { port, accept } = await listenRaw(t);
    const connecting = failureOf(connect(at(port), { timeoutMs: 50 }));
    act(await accept());
    const error = await connecting;
    t.ok(error instanceof TimeoutError);
    t.match(error, { code: 'timeout', message: 'no answer from 127.0.0.1' });
  });
}

t.test('a choice that was not offered ends the connection, with words', async (t) => {
  for (const [hello, code] of [
    [{ version: 2 }, 'unsupported-version'],
    [{ algorithm: 'blake3' }, 'bad-message'],
    [{ fragment: 524_288 }, 'bad-message'],
    [{ chunk: 65_536 }, 'bad-message'],
    [{ streams: 0 }, 'bad-message'],
    [{ eager: 2_000_000 }, 'bad-message'],
  ] as const) {
    const { port, accept } = await listenRaw(t);
    const connecting = failureOf(connect(at(port), { algorithms: ['sha256'] }));
    const peer = await accept();
    await peer.greet(hello);
    const error = await connecting;
    t.ok(error instanceof ProtocolError);
    t.equal(error?.code, code, JSON.stringify(hello));
    t.match(await peer.next('ERROR', 0), { fields: { name: code } });
  }
});

t.test('an error instead of HELLO is told as it is', async (t) => {
  const { port, accept } = await listenRaw(t);
  const connecting = failureOf(connect(at(port)));
  const peer = await accept();
  await peer.next('HELLO');
  peer.write(PREFACE_BYTES);
  peer.sendError(0, 4, 'too-many-connections');
  const error = await connecting;
  t.ok(error instanceof RemoteError);
  t.match(error, { code: 'too-many-connections', retryable: true });
});

t.test('frames before HELLO', async (t) => {
  const { port, accept } = await listenRaw(t);
  const connecting = failureOf(connect(at(port)));
  const peer = await accept();
  peer.write(PREFACE_BYTES);
  peer.send('RESULT', 1);
  t.equal((await connecting)?.code, 'wrong-state');
  t.match(await peer.next('ERROR', 0), { fields: { name: 'wrong-state' } });
});

t.test('an abort ends connecting, and the socket', async (t) => {
  const { port, accept } = await listenRaw(t);
  const reason = new Error('enough');
  t.equal(await failureOf(connect(at(port), { signal: AbortSignal.abort(reason) })), reason);
  const controller = new AbortController();
  const connecting = failureOf(connect(at(port), { signal: controller.signal }));
  const peer = await accept();
  controller.abort(reason);
  t.equal(await connecting, reason);
  await t.rejects(peer.next('STAT'), { message: 'the client closed' });
});

t.test('addresses', (t) => {
  t.same(parseTarget('sluice://a.example:1234/x:y/z'), { host: 'a.example', port: 1_234 });
  t.same(parseTarget('a.example'), { host: 'a.example', port: 45_000 });
  t.same(parseTarget('sluice://[::1]:1'), { host: '::1', port: 1 });
  t.same(parseTarget('SLUICE://b\u00fccher.example/a'), { host: 'xn--bcher-kva.example', port: 45_000 });
  t.same(parseTarget('[fe80::1%25eth0]'), { host: 'fe80::1%eth0', port: 45_000 });
  for (const bad of ['', 'sluice://', 'a:b', 'a:1:2', '::1', '[::1', '[a]', 'a b', 'me@a', 'a:0', 'http://a/', 'a:']) {
    t.throws(() => parseTarget(bad), { code: 'bad-argument' }, bad);
  }
  t.end();
});

t.test('options that make no sense', async (t) => {
  for (const options of [
    { timeoutMs: 0 },
    { timeoutMs: 2 ** 31 },
    { busyTimeoutMs: -1 },
    { fragmentSize: 100 },
    { algorithms: [] },
    { algorithms: ['blake3' as const] },
  ]) {
    const error = await failureOf(connect('127.0.0.1:1', options));
    t.ok(error instanceof ArgumentError);
    t.equal(error?.code, 'bad-argument', JSON.stringify(options));
  }
  t.equal((await failureOf(connect('127.0.0.1:99999')))?.code, 'bad-argument');
});
