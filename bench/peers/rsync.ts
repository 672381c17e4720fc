import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Child, startDaemon } from '../child.js';
import type { Peer, PeerFolders } from './peer.js';
import { findProgram, freePort, isRoot, missingProgram } from './programs.js';

/** The rsync daemon: unencrypted, and with `--whole-file` it compares nothing with what is there. */
export const rsync: Peer = {
  name: 'rsync',

  missing: () => missingProgram('rsync', 'rsync'),

  async start(folders) {
    const { child, port, words } = await startRsyncDaemon(folders);
    const url = `rsync://127.0.0.1:${port}/files`;
    const line = (...operands: string[]): string => `rsync -r --whole-file ${operands.join(' ')}`;
    return {
      child,
      command: words.join(' '),
      client: {
        file: (direction, local, remote) =>
          direction === 'put' ? line(local, `${url}/${remote}`) : line(`${url}/${remote}`, local),
        tree: (direction, local, remote) =>
          direction === 'put' ? line(`${local}/`, `${url}/${remote}/`) : line(`${url}/${remote}/`, `${local}/`),
      },
    };
  },
};

/** A daemon on a free port. @returns it, and the words that started it */
export async function startRsyncDaemon(folders: PeerFolders): Promise<{ child: Child; port: number; words: string[] }> {
  const port = await freePort();
  const config = join(folders.own, 'rsyncd.conf');
  writeFileSync(config, configuration(port, folders));
  const words = [findProgram('rsync')!, '--daemon', '--no-detach', `--config=${config}`];
  return { child: await startDaemon(words, port, join(folders.own, 'output.log')), port, words };
}

function configuration(port: number, { own, served }: PeerFolders): string {
  return `port = ${port}
address = 127.0.0.1
use chroot = no
reverse lookup = no
transfer logging = no
log file = ${own}/rsyncd.log
lock file = ${own}/rsyncd.lock
max connections = 0
${isRoot() ? 'uid = root\ngid = root\n' : ''}
[files]
path = ${served}
read only = no
`;
}
