import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startDaemon } from '../child.js';
import { findProgram, freePort, isRoot, missingProgram } from '../peers/programs.js';
import type { Entrant } from './contestant.js';
import { runClient } from './run-client.js';

/** The rsync daemon: unencrypted, and with `--whole-file` it compares nothing with what is there. */
export const rsync: Entrant = {
  name: 'rsync daemon',

  missing: () => missingProgram('rsync', 'rsync'),

  async start({ own, served }) {
    const port = await freePort();
    const config = join(own, 'rsyncd.conf');
    writeFileSync(config, configuration(port, own, served));
    const server = [findProgram('rsync')!, '--daemon', '--no-detach', `--config=${config}`];
    const daemon = await startDaemon(server, port, join(own, 'output.log'));
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
      stop: () => daemon.stop(),
    };
  },
};

function configuration(port: number, own: string, served: string): string {
  return `port = ${port}
address = 127.0.0.1
use chroot = no
reverse lookup = no
transfer logging = no
log file = ${own}/rsyncd.log
lock file = ${own}/rsyncd.lock
${isRoot() ? 'uid = root\ngid = root\n' : ''}
[files]
path = ${served}
read only = no
`;
}
