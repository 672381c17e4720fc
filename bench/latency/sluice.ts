import { startAgent, startSluice } from '../child.js';
import type { Entrant } from './contestant.js';

/** This project's server, as a person starts it, and its client library. */
export const sluice: Entrant = {
  name: 'sluice',
  missing: () => undefined,
  async start({ served }) {
    const { child: server, port } = await startSluice(served, []);
    const client = startAgent('sluice-client');
    return {
      name: 'sluice',
      command: 'sluice serve DIR; put, get, putTree and getTree of the client library, connecting anew each time',
      keepsFiles: true,
      port: () => Promise.resolve(port),
      transfer({ shape, direction }, route) {
        const tree = shape === 'small' ? 'Tree' : '';
        return direction === 'up'
          ? client.request(`put${tree}`, route.port, route.local, route.remote)
          : client.request(`get${tree}`, route.port, route.remote, route.local);
      },
      async stop() {
        await Promise.all([server.stop(), client.stop()]);
      },
    };
  },
};
