import { connect } from '../../lib/client/index.js';
import type { Algorithm, Client } from '../../lib/client/index.js';
import { answer, timed } from './answer.js';

type Choice = Algorithm | undefined;

/** Connects anew for each transfer, as the other sides do; that is part of the time. */
answer({
  put: (port: number, source: string, path: string, algorithm: Choice) =>
    transfer(port, algorithm, (client) => client.put(source, path)),
  get: (port: number, path: string, destination: string, algorithm: Choice) =>
    transfer(port, algorithm, (client) => client.get(path, destination)),
  putTree: (port: number, source: string, path: string, algorithm: Choice) =>
    transfer(port, algorithm, async (client) => requireAll(await client.putTree(source, path))),
  getTree: (port: number, path: string, destination: string, algorithm: Choice) =>
    transfer(port, algorithm, async (client) => requireAll(await client.getTree(path, destination))),

  /** The same file under many names, all at once, each over a connection of its own. */
  putMany: (port: number, source: string, paths: readonly string[], algorithm: Choice) =>
    transferMany(port, algorithm, paths, (client, path) => client.put(source, path)),
  getMany: (port: number, paths: readonly string[], destinations: readonly string[], algorithm: Choice) =>
    transferMany(port, algorithm, paths, (client, path, index) => client.get(path, destinations[index]!)),
});

async function transfer(port: number, algorithm: Choice, work: (client: Client) => Promise<unknown>): Promise<number> {
  return transferMany(port, algorithm, [''], work);
}

async function transferMany(
  port: number,
  algorithm: Choice,
  paths: readonly string[],
  work: (client: Client, path: string, index: number) => Promise<unknown>,
): Promise<number> {
  const clients: Client[] = [];
  const algorithms = algorithm && [...new Set<Algorithm>([algorithm, 'sha256'])];
  try {
    return await timed(() =>
      Promise.all(
        paths.map(async (path, index) => {
          const client = await connect({ host: '127.0.0.1', port }, { algorithms });
          clients.push(client);
          await work(client, path, index);
        }),
      ),
    );
  } finally {
    await Promise.all(clients.map((client) => client.close()));
  }
}

function requireAll({ failed }: { readonly failed: number }): void {
  if (failed > 0) throw new Error(`${failed} files failed`);
}
