import { rm } from 'node:fs/promises';
import { startAgent } from '../child.js';
import type { Side } from '../rounds.js';
import { requireSame, type Workspace } from '../workspace.js';

/** The floor: `socket.pipe(fs.createWriteStream)` and `fs.createReadStream.pipe(socket)`, unverified. */
export async function naiveSide(
  direction: 'upload' | 'download',
  workspace: Workspace,
  source: { readonly path: string; readonly digest: string },
): Promise<Side> {
  const server = startAgent('naive-server');
  const client = startAgent('naive-client');
  const arrival = workspace.path(`naive-${direction}`);
  const port = await server.request(direction, direction === 'upload' ? arrival : source.path);
  return {
    name: `naive ${direction}`,
    server,
    client,
    transfer: () => client.request(direction, port, direction === 'upload' ? source.path : arrival),
    verify: () => requireSame(arrival, source.digest),
    clear: () => rm(arrival, { force: true }),
  };
}
