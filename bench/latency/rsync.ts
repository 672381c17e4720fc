import { missingProgram } from '../peers/programs.js';
import { startRsyncDaemon } from '../peers/rsync.js';
import type { Entrant } from './contestant.js';
import { runClient } from './run-client.js';

/** The rsync daemon: unencrypted, and with `--whole-file` it compares nothing with what is there. */
export const rsync: Entrant = {
  name: 'rsync daemon',

  missing: () => missingProgram('rsync', 'rsync'),

  async start({ own, served }) {
    const { child, port } = await startRsyncDaemon({ own, served });
    return {
      name: 'rsync daemon',
      command: 'rsync --daemon --no-detach --config=CONFIG; rsync -r --whole-file FROM TO',
      keepsFiles: true,
      port: () => Promise.resolve(port),
      transfer({ shape, direction }, route) {
        // A slash behind a folder stands for what is in it.
        const slash = shape === 'small' ? '/' : '';
        const local = route.local + slash;
        const remote = `rsync://127.0.0.1:${route.port}/files/${route.remote}${slash}`;
        const operands = direction === 'up' ? [local, remote] : [remote, local];
        return runClient(['rsync', '-r', '--whole-file', ...operands]);
      },
      stop: () => child.stop(),
    };
  },
};
