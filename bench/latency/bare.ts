import { startAgent } from '../child.js';
import type { Entrant, Work } from './contestant.js';

/** The ceiling: as many bytes over a socket, from memory to nowhere. */
export const bare: Entrant = {
  name: 'bare socket',
  missing: () => undefined,
  start() {
    const server = startAgent('bare-server');
    const client = startAgent('bare-client');
    const ports = new Map<string, Promise<number>>();
    const verb = ({ direction }: Work): string => `${direction}load`;
    return Promise.resolve({
      name: 'bare socket',
      command: 'one connection, bytes from memory, no file at either end',
      keepsFiles: false,
      port(work) {
        const key = `${work.direction} ${work.bytes}`;
        const port = ports.get(key) ?? server.request(verb(work), work.bytes);
        ports.set(key, port);
        return port;
      },
      transfer: (work, { port }) => client.request(verb(work), port, work.bytes),
      async stop() {
        await Promise.all([server.stop(), client.stop()]);
      },
    });
  },
};
