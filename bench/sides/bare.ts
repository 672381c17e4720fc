import { startAgent } from '../child.js';
import type { Side } from '../rounds.js';

/** The ceiling: bytes from memory, over a socket, to nowhere. */
export async function bareSide(direction: 'upload' | 'download', size: number, floor: string): Promise<Side> {
  const server = startAgent('bare-server');
  const client = startAgent('bare-client');
  const port = await server.request(direction, size);
  return {
    name: `bare ${direction}`,
    floor,
    server,
    client,
    transfer: () => client.request(direction, port, size),
    verify: () => Promise.resolve(),
    clear: () => Promise.resolve(),
  };
}
