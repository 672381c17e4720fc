/**
 * The old architecture as it was, to be measured against. Not to be used for anything else.
 *
 *     node dist/bench/old/server.js DIR --pool thread|process --workers N [--port P]
 *
 * What it copies of the published programs:
 * - a pool of N workers, threads or processes; one worker has a connection for its whole life, further ones wait in a queue;
 * - sockets block: a worker that waits for bytes does nothing else;
 * - 8,192 bytes are received at a time, appended to one text, and that is searched for CR LF CR LF from its start each time;
 * - the whole request is parsed in memory, its base64 decoded whole, the file written by one write;
 * - GET reads the whole file, encodes it whole, and makes one JSON string, which is sent whole.
 *
 * What it can't copy:
 * - There is no lock that lets one thread of a process run at a time, as in CPython: these threads use all cores.
 * - The text is bytes that grow in place, as a string of CPython does. A string of JavaScript is copied whole for each search, which
 *   would make this baseline ten times as slow as the programs that it stands for (received-text.ts). As it is, searching is
 *   rather faster than CPython's: 10 MB take 2 s, as in the published table.
 * - A worker is a whole engine: it starts with some 10 MB (thread) or 40 MB (process), and what the copies leave behind is
 *   memory until the collector comes. It may grow to 16 GiB, so that what a scenario is stopped at is the first bound it meets.
 * - All workers are started at once; Python's pools start one with each task until N are there.
 * - A name with a slash is refused; the old programs followed it out of the folder.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { startProcess, startThread, type Worker } from './workers.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    pool: { type: 'string', default: 'thread' },
    workers: { type: 'string', default: '1' },
    port: { type: 'string', default: '0' },
  },
});
const [dir] = positionals;
if (dir === undefined) throw new Error('usage: server.js DIR --pool thread|process --workers N [--port P]');

const idle: Worker[] = await Promise.all(
  Array.from({ length: Number(values.workers) }, () => (values.pool === 'process' ? startProcess : startThread)(dir)),
);
const waiting: Socket[] = [];

// A paused socket is never read here: from the first byte on it is the worker's.
const server = createServer({ pauseOnConnect: true }, (socket) => {
  waiting.push(socket);
  handOut();
}).listen(Number(values.port), '127.0.0.1');
await once(server, 'listening');
process.stdout.write(`listening on 127.0.0.1:${(server.address() as AddressInfo).port}\n`);

function handOut(): void {
  while (idle.length > 0 && waiting.length > 0) {
    const worker = idle.shift()!;
    worker.serve(waiting.shift()!, () => {
      idle.push(worker);
      handOut();
    });
  }
}
