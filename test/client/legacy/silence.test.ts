import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as net from 'node:net';
import { createInterface } from 'node:readline';
import t from 'tap';
import { connect } from '../../../lib/client/connect.js';
import { PYTHON } from '../../fixtures/python.js';
import { failureOf } from '../../fixtures/raw-peer.js';

/** How long a client waits that wasn't told: the clock is put forward, nobody waits. */

const now = performance.now.bind(performance);
let ahead = 0;
performance.now = () => now() + ahead;
t.teardown(() => (performance.now = now));

const server = net.createServer((socket) => socket.on('error', () => undefined).resume());
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const address = { host: '127.0.0.1', port: (server.address() as net.AddressInfo).port };
t.teardown(() => server.close());

for (const [options, seconds] of [
  [{}, 600],
  [{ timeoutMs: 5_000 }, 5],
] as const) {
  t.test(`a server without a word for ${seconds} s`, async (t) => {
    const client = await connect(address, { protocol: 'legacy-json', ...options });
    t.teardown(() => client.close());
    const asked = once(server, 'connection') as Promise<[net.Socket]>;
    const failing = failureOf(client.remove('a'));
    const [socket] = await asked;
    await once(socket, 'data');
    ahead += 601_000;
    t.match(await failing, { code: 'timeout', message: new RegExp(`no sign for ${seconds} s`) });
  });
}

/** Lets one connection wait to be accepted, and the kernel drops what asks for the next. */
const FULL = `
import socket, sys
s = socket.socket()
s.bind(("127.0.0.1", 0))
s.listen(0)
print(s.getsockname()[1], flush=True)
sys.stdin.read()
`;

t.test('connecting', async (t) => {
  const child = spawn(PYTHON, ['-c', FULL], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const place = { host: '127.0.0.1', port: Number(line) };
  const first = net.connect(place);
  await once(first, 'connect');
  const client = await connect(place, { protocol: 'legacy-text' });
  t.teardown(async () => {
    await client.close();
    first.destroy();
    child.stdin.end();
    await once(child, 'close');
  });
  const failing = failureOf(client.remove('a'));
  await new Promise((resolve) => setImmediate(resolve));
  ahead += 31_000;
  t.match(await failing, { code: 'timeout', message: /for 30 s; .* a server of the base64 protocol runs there$/ });
});
