import { rm } from 'node:fs/promises';
import { startAgent } from '../child.js';
import { requireSame } from '../files.js';
import type { Side } from '../rounds.js';
import type { Workspace } from '../workspace.js';

/** The floor: `socket.pipe(fs.createWriteStream)` and `fs.createReadStream.pipe(socket)`, unverified. */
export async function naiveSide(direction: 'upload' | 'download', workspace: Workspace, source: string): Promise<Side> {
  const server = startAgent('naive-server');
  const client = startAgent('naive-client');
  const arrival = workspace.path(`naive-${direction}`);
  const port = await server.request(direction, direction === 'upload' ? arrival : source);
  return {
    name: `naive ${direction}`,
    server,
    client,
    transfer: () => client.request(direction, port, direction === 'upload' ? source : arrival),
    verify: () => requireSame(arrival, source),
    clear: () => rm(arrival, { force: true }),
  };
}
