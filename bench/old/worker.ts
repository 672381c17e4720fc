/** A worker of the old server, thread or process. It says when it is ready, and after each connection. */
import process from 'node:process';
import { parentPort } from 'node:worker_threads';
import { serveConnection } from './connection.js';
import type { Handle } from './workers.js';

const dir = process.argv[2]!;

if (parentPort === null) {
  process.on('message', (_: string, handle: unknown) => {
    const connection = handle as Handle;
    connection.setBlocking(true);
    serveConnection(connection.fd, dir);
    connection.close();
    process.send!('idle');
  });
  process.on('disconnect', () => process.exit());
  process.send!('ready');
} else {
  const port = parentPort;
  port.on('message', (fd: number) => {
    serveConnection(fd, dir);
    port.postMessage('idle');
  });
  port.postMessage('ready');
}
