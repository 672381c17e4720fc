import { serve } from '../../lib/server/index.js';
import { allocationTasks } from '../profile/allocations.js';
import { answer } from './answer.js';

/** This project's server in a process that can be looked into. */
answer({
  ...allocationTasks,
  /** @param fragment the greatest that it agrees to, bytes. @returns its port */
  async serve(dir: string, fragment: number): Promise<number> {
    const server = await serve({ dir, port: 0, fragment });
    return server.address.port;
  },
});
