import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { answer } from './answer.js';

/** What anyone would write first: no framing, no verification. A port for each file and direction. */
answer({
  upload: (path: string) =>
    listen((socket) => {
      // The end of this direction tells the client that all is written.
      socket.pipe(createWriteStream(path)).on('finish', () => socket.end());
    }),
  download: (path: string) => listen((socket) => createReadStream(path).pipe(socket)),
});

async function listen(onConnection: (socket: Socket) => void): Promise<number> {
  const server = createServer({ allowHalfOpen: true }, onConnection).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
