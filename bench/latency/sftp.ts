import { join } from 'node:path';
import { missingProgram } from '../peers/programs.js';
import { startSshd } from '../peers/sftp.js';
import type { Entrant } from './contestant.js';
import { runClient } from './run-client.js';

/** It takes several round trips for each file, one file after the other. */
const FEW_FILES = 25;

/** OpenSSH, with throwaway keys. */
export const sftp: Entrant = {
  name: 'sftp',

  missing: () =>
    missingProgram('sshd', 'openssh-server') ??
    missingProgram('sftp', 'openssh-client') ??
    missingProgram('ssh-keygen', 'openssh-client'),

  async start({ own, served }) {
    const { child, port, config } = await startSshd(own);
    const client = ['sftp', '-q', '-F', config, '-b', '-'];
    return {
      name: 'sftp',
      fewFiles: FEW_FILES,
      command: 'sshd -D -e -f CONFIG; sftp -q -F CONFIG -b - -P PORT HOST with put or get, -r for the tree',
      keepsFiles: true,
      port: () => Promise.resolve(port),
      transfer({ shape, direction }, route) {
        const [local, remote] = [route.local, join(served, route.remote)];
        const words = [direction === 'up' ? 'put' : 'get', ...(shape === 'small' ? ['-r'] : [])];
        const operands = direction === 'up' ? [local, remote] : [remote, local];
        return runClient([...client, '-P', String(route.port), 'bench'], `${[...words, ...operands].join(' ')}\n`);
      },
      stop: () => child.stop(),
    };
  },
};
