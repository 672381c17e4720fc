import { writeFileSync } from 'node:fs';
import { type Client, connect } from '../../lib/client/index.js';
import { allocationTasks } from '../profile/allocations.js';
import { watchRoundTrips } from '../profile/round-trips.js';
import { answer, timed } from './answer.js';

/** This project's client in a process that can be looked into. Connects anew for each transfer. */
answer({
  ...allocationTasks,
  put: (port: number, source: string, path: string) => transfer(port, (client) => client.put(source, path)),
  get: (port: number, path: string, destination: string) => transfer(port, (client) => client.get(path, destination)),
  putTree: (port: number, source: string, path: string) =>
    transfer(port, async (client) => requireAll(await client.putTree(source, path))),
  getTree: (port: number, path: string, destination: string) =>
    transfer(port, async (client) => requireAll(await client.getTree(path, destination))),

  /** The round trips of control frames meanwhile (ms) go to the file `times`, as JSON. */
  putWatched: (port: number, fragment: number, times: string, source: string, path: string) =>
    watched(port, fragment, times, (client) => client.put(source, path)),
  getWatched: (port: number, fragment: number, times: string, path: string, destination: string) =>
    watched(port, fragment, times, (client) => client.get(path, destination)),
});

function transfer(port: number, work: (client: Client) => Promise<unknown>): Promise<number> {
  return timed(async () => {
    const client = await connect({ host: '127.0.0.1', port });
    await work(client).finally(() => client.close());
  });
}

async function watched(
  port: number,
  fragment: number,
  times: string,
  work: (client: Client) => Promise<unknown>,
): Promise<number> {
  const client = await connect({ host: '127.0.0.1', port }, { fragmentSize: fragment });
  if (client.server.fragment !== fragment) throw new Error(`fragments of ${client.server.fragment} bytes were agreed`);
  try {
    const watch = watchRoundTrips(client);
    const seconds = await timed(() => work(client)).finally(() => watch.stop());
    writeFileSync(times, JSON.stringify(await watch.times));
    return seconds;
  } finally {
    await client.close();
  }
}

function requireAll({ failed }: { readonly failed: number }): void {
  if (failed > 0) throw new Error(`${failed} files failed`);
}
