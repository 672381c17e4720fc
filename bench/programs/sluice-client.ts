import { connect } from '../../lib/client/index.js';
import type { Client } from '../../lib/client/index.js';
import { answer, timed } from './answer.js';

/** Connects anew for each transfer, as the other sides do; that is part of the time. */
answer({
  put: (port: number, source: string, path: string) => transfer(port, (client) => client.put(source, path)),
  get: (port: number, path: string, destination: string) => transfer(port, (client) => client.get(path, destination)),
  putTree: (port: number, source: string, path: string) =>
    transfer(port, async (client) => requireAll(await client.putTree(source, path))),
  getTree: (port: number, path: string, destination: string) =>
    transfer(port, async (client) => requireAll(await client.getTree(path, destination))),
});

async function transfer(port: number, work: (client: Client) => Promise<unknown>): Promise<number> {
  let client: Client | undefined;
  try {
    return await timed(async () => {
      client = await connect({ host: '127.0.0.1', port });
      await work(client);
    });
  } finally {
    await client?.close();
  }
}

function requireAll({ failed }: { readonly failed: number }): void {
  if (failed > 0) throw new Error(`${failed} files failed`);
}
