import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { adoptSocket } from '../../lib/transport/socket-reader.js';
import { answer } from './answer.js';
import { Nowhere, writeFromMemory } from './bare-socket.js';

/** As much as sockets can do: no file on either side. */
answer({
  upload: () =>
    listen((accepted) => {
      const { socket } = adoptSocket(accepted, new Nowhere(), 'direct');
      socket.on('end', () => socket.end());
    }),
  download: (size: number) =>
    listen((accepted) => {
      const { socket } = adoptSocket(accepted, new Nowhere(), 'direct');
      void writeFromMemory(socket, size);
    }),
});

async function listen(onConnection: (socket: Socket) => void): Promise<number> {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, onConnection).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
