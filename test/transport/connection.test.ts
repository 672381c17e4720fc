import { once } from 'node:events';
import * as net from 'node:net';
import t from 'tap';
import { ProtocolError } from '../../protocol/errors.js';
import { Connection, type ConnectionHandler } from '../../lib/transport/connection.js';
import { connectSocket } from '../../lib/transport/socket-reader.js';
import { message } from '../fixtures/naive-frames.js';
import { RawPeer } from '../fixtures/raw-peer.js';

const NOTHING: ConnectionHandler = {
  onFrame() {},
  onData: () => null,
  onPayload() {},
  onForeign() {},
  onEnd() {},
  onClose() {},
};

t.test('no chunk leaves behind the last words, even when they fill a burst of frames (P-8.2)', async (t) => {
  const listener = net.createServer();
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as net.AddressInfo;
  const connection = new Connection((sink) => connectSocket('127.0.0.1', port, sink, 'direct'), NOTHING);
  const [socket] = (await once(listener, 'connection')) as [net.Socket];
  const peer = new RawPeer(socket);
  t.teardown(() => {
    connection.destroy();
    socket.destroy();
    listener.close();
  });
  connection.sendPreface();
  await connection.writer.controlFlushed();

  const done: boolean[] = [];
  const leaf = new Uint8Array(32);
  connection.writer.chunk({
    stream: 1,
    epoch: 0,
    offset: 0,
    bytes: new Uint8Array(65_536),
    leaf,
    onDone: (sent) => done.push(sent),
  });
  for (let i = 0; i < 30; i++) connection.send(message('CANCEL', 1));
  connection.fail(new ProtocolError('unknown-type', 'a reason'));
  t.same(done, [false]);
  await once(socket, 'end');
  t.same(peer.seen, [...Array<string>(30).fill('CANCEL'), 'ERROR']);
});
