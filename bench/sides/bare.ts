import { startAgent } from '../child.js';
import type { Side } from '../rounds.js';

/** The ceiling: bytes from memory, over a socket, to nowhere. */
export async function bareSide(
  direction: 'upload' | 'download',
  size: number,
  rivals: readonly string[] = [],
): Promise<Side> {
  const server = startAgent('bare-server');
  const client = startAgent('bare-client');
  const port = await server.request(direction, size);
  return {
    name: `bare ${direction}`,
    rivals,
    server,
    client,
    transfer: () => client.request(direction, port, size),
    verify: () => undefined,
    clear: () => Promise.resolve(),
  };
}
