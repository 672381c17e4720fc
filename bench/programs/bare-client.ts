import { once } from 'node:events';
import { connectSocket } from '../../lib/transport/socket-reader.js';
import { answer, timed } from './answer.js';
import { Nowhere, writeFromMemory } from './bare-socket.js';

answer({
  upload: (port: number, size: number) =>
    timed(async () => {
      const { socket } = connectSocket('127.0.0.1', port, new Nowhere(), 'direct');
      const end = once(socket, 'end');
      await writeFromMemory(socket, size);
      await end;
    }),
  download: (port: number, size: number) =>
    timed(async () => {
      const nowhere = new Nowhere();
      const { socket } = connectSocket('127.0.0.1', port, nowhere, 'direct');
      await once(socket, 'end');
      socket.end();
      if (nowhere.received !== size) throw new Error(`${nowhere.received} of ${size} bytes arrived`);
    }),
});
