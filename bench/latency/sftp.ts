import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { startDaemon } from '../child.js';
import { findProgram, freePort, isRoot, missingProgram } from '../peers/programs.js';
import type { Entrant } from './contestant.js';
import { runClient } from './run-client.js';

/** sshd as root insists on this folder, which Debian's service makes. */
const SEPARATION_FOLDER = '/run/sshd';

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
    const port = await freePort();
    for (const key of ['host', 'user']) {
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(own, key)]);
    }
    if (isRoot()) mkdirSync(SEPARATION_FOLDER, { recursive: true, mode: 0o755 });
    writeFileSync(join(own, 'sshd_config'), serverConfiguration(port, own));
    writeFileSync(join(own, 'ssh_config'), clientConfiguration(own));
    const server = [findProgram('sshd')!, '-D', '-e', '-f', join(own, 'sshd_config')];
    const client = ['sftp', '-q', '-F', join(own, 'ssh_config'), '-b', '-'];
    const daemon = await startDaemon(server, port, join(own, 'sshd.log'));
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
      stop: () => daemon.stop(),
    };
  },
};

function serverConfiguration(port: number, own: string): string {
  return `Port ${port}
ListenAddress 127.0.0.1
HostKey ${own}/host
AuthorizedKeysFile ${own}/user.pub
StrictModes no
UsePAM no
UseDNS no
PidFile none
LogLevel ERROR
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
Subsystem sftp internal-sftp
`;
}

function clientConfiguration(own: string): string {
  return `Host bench
HostName 127.0.0.1
User ${userInfo().username}
IdentityFile ${own}/user
IdentitiesOnly yes
StrictHostKeyChecking no
UserKnownHostsFile /dev/null
LogLevel ERROR
`;
}
