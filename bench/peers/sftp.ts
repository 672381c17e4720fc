import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { userInfo } from 'node:os';
import { type Child, startDaemon } from '../child.js';
import type { Direction } from '../job.js';
import type { Peer } from './peer.js';
import { findProgram, freePort, isRoot, missingProgram } from './programs.js';

/** sshd as root insists on this folder, which Debian's service makes. */
const SEPARATION_FOLDER = '/run/sshd';

/** OpenSSH: encrypted, with the cipher that both ends like best by default. */
export const sftp: Peer = {
  name: 'sftp',

  missing: () =>
    missingProgram('sshd', 'openssh-server') ??
    missingProgram('sftp', 'openssh-client') ??
    missingProgram('ssh-keygen', 'openssh-client'),

  async start({ own, served }) {
    const { child, words, config } = await startSshd(own);
    const line = (direction: Direction, options: string, local: string, remote: string): string => {
      const path = join(served, remote);
      const operands = direction === 'put' ? `${local} ${path}` : `${path} ${local}`;
      return `echo ${direction}${options} ${operands} | sftp -q -F ${config} -b - bench`;
    };
    return {
      child,
      command: words.join(' '),
      client: {
        file: (direction, local, remote) => line(direction, '', local, remote),
        tree: (direction, local, remote) => line(direction, ' -r', local, remote),
      },
    };
  },
};

/**
 * sshd on a free port, with throwaway keys.
 * @returns it, the words that started it, and the client's configuration, in which the host is called `bench`
 */
export async function startSshd(own: string): Promise<{ child: Child; port: number; words: string[]; config: string }> {
  const port = await freePort();
  for (const key of ['host', 'user']) {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(own, key)]);
  }
  if (isRoot()) mkdirSync(SEPARATION_FOLDER, { recursive: true, mode: 0o755 });
  writeFileSync(join(own, 'sshd_config'), serverConfiguration(port, own));
  writeFileSync(join(own, 'ssh_config'), clientConfiguration(port, own));
  const words = [findProgram('sshd')!, '-D', '-e', '-f', join(own, 'sshd_config')];
  return { child: await startDaemon(words, port, join(own, 'sshd.log')), port, words, config: join(own, 'ssh_config') };
}

/** Fifty clients may log in at the same moment, and nobody is asked for a password. */
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
MaxStartups 200
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
Subsystem sftp internal-sftp
`;
}

function clientConfiguration(port: number, own: string): string {
  return `Host bench
HostName 127.0.0.1
Port ${port}
User ${userInfo().username}
IdentityFile ${own}/user
IdentitiesOnly yes
StrictHostKeyChecking no
UserKnownHostsFile /dev/null
LogLevel ERROR
`;
}
