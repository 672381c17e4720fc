import * as net from 'node:net';
import t from 'tap';
import { silentLogger } from '../../lib/server/index.js';
import { startServer } from '../fixtures/server.js';

type Listen = typeof net.Server.prototype.listen;

t.test('accepts that fail, as when no descriptors are left, do not end the server', async (t) => {
  const listeners: net.Server[] = [];
  const listen = Object.getOwnPropertyDescriptor(net.Server.prototype, 'listen')!.value as Listen;
  net.Server.prototype.listen = function (this: net.Server, ...options: unknown[]) {
    listeners.push(this);
    return Reflect.apply(listen, this, options) as net.Server;
  } as Listen;
  t.teardown(() => (net.Server.prototype.listen = listen));
  const told: string[] = [];
  const error = (_fields: object, message: string): void => void told.push(message);
  const { client } = await startServer(t, { logger: { ...silentLogger, error } });
  // This is how Node tells them.
  for (let i = 0; i < 3; i++) listeners[0]!.emit('error', new Error('accept EMFILE'));
  t.equal(told.length, 3);
  const peer = await client();
  t.equal(await peer.outcome(peer.request('STAT', { path: '' })), 'RESULT');
});
