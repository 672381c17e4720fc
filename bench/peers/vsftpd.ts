import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startDaemon } from '../child.js';
import { curlClient, missingCurl } from './curl.js';
import type { Peer, PeerFolders } from './peer.js';
import { findProgram, freePort, missingProgram } from './programs.js';

/** vsftpd with anonymous uploads, and curl. */
export const vsftpd: Peer = {
  name: 'vsftpd',

  missing: () => missingProgram('vsftpd', 'vsftpd') ?? missingCurl(),

  async start(folders) {
    const port = await freePort();
    const config = join(folders.own, 'vsftpd.conf');
    mkdirSync(join(folders.own, 'empty'));
    writeFileSync(config, configuration(port, folders));
    const words = [findProgram('vsftpd')!, config];
    return {
      child: await startDaemon(words, port, join(folders.own, 'vsftpd.log')),
      command: words.join(' '),
      client: curlClient(`ftp://127.0.0.1:${port}`, folders.own, ' --ftp-create-dirs'),
    };
  },
};

/** As whoever starts it, and without the sandbox that costs a process more and time for each connection. */
function configuration(port: number, { own, served }: PeerFolders): string {
  return `listen=YES
listen_address=127.0.0.1
listen_port=${port}
pasv_address=127.0.0.1
background=NO
run_as_launching_user=YES
one_process_model=YES
isolate=NO
isolate_network=NO
seccomp_sandbox=NO
secure_chroot_dir=${own}/empty
anonymous_enable=YES
no_anon_password=YES
anon_root=${served}
anon_umask=022
anon_world_readable_only=NO
write_enable=YES
anon_upload_enable=YES
anon_mkdir_write_enable=YES
anon_other_write_enable=YES
use_sendfile=YES
xferlog_enable=NO
max_clients=0
max_per_ip=0
`;
}
