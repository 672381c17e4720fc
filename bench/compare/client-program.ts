/** A process or a thread that is one or several clients. Each has a connection of its own, made within its time. */
import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import process from 'node:process';
import { parentPort } from 'node:worker_threads';
import { type Client, connect } from '../../lib/client/index.js';
import { oldDownload, oldUpload } from '../old/client.js';
import { HUNG } from './hung.js';
import type { ClientJob, ClientMessage, ClientResult, Transfer } from './client-job.js';

/** All sockets that clients of whatever kind have made since the last count. */
let sockets: Socket[] = [];
subscribe('net.client.socket', (message) => sockets.push((message as { readonly socket: Socket }).socket));

const parent = parentPort;
if (parent === null) {
  process.on('message', (job) => void carryOut(job as ClientJob));
  process.on('disconnect', () => process.exit());
} else {
  parent.on('message', (job) => void carryOut(job as ClientJob));
}
say({ kind: 'ready' });

function say(message: ClientMessage): void {
  if (parent === null) process.send!(message);
  else parent.postMessage(message);
}

async function carryOut(job: ClientJob): Promise<void> {
  sockets = [];
  const start = performance.now();
  const clients: Client[] = [];
  await Promise.all(
    job.transfers.map(async (transfer, index) => {
      const error = await carryOutOne(job, transfer, clients);
      const seconds = (performance.now() - start) / 1000;
      const result: ClientResult = error === undefined ? { seconds } : { seconds, error };
      say({ kind: 'ended', index, result });
    }),
  );
  await Promise.all(clients.map((client) => client.close()));
  const wireBytes = sockets.reduce((sum, socket) => sum + socket.bytesRead + socket.bytesWritten, 0);
  say({ kind: 'all-ended', wireBytes });
}

/** @returns what went wrong */
async function carryOutOne(
  { speech, place, operation }: ClientJob,
  { local, remote }: Transfer,
  clients: Client[],
): Promise<string | undefined> {
  try {
    if (speech === 'old') {
      await (operation === 'UPLOAD' ? oldUpload(place, local, remote) : oldDownload(place, remote, local));
    } else {
      const client = await connect(place, { protocol: speech, timeoutMs: HUNG * 1000 });
      clients.push(client);
      await (operation === 'UPLOAD' ? client.put(local, remote) : client.get(remote, local));
    }
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
