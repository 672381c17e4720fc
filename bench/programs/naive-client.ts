import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { connect } from 'node:net';
import { answer, timed } from './answer.js';

answer({
  upload: (port: number, path: string) =>
    timed(async () => {
      const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      createReadStream(path).pipe(socket);
      socket.resume();
      await once(socket, 'end');
    }),
  download: (port: number, path: string) =>
    timed(async () => {
      const socket = connect({ port, host: '127.0.0.1' });
      await once(socket.pipe(createWriteStream(path)), 'finish');
    }),
});
