import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startDaemon } from '../child.js';
import { curlClient, missingCurl } from './curl.js';
import type { Peer, PeerFolders } from './peer.js';
import { findProgram, freePort, isRoot, missingProgram } from './programs.js';

/** nginx with WebDAV's PUT, and curl. Debian's plain `nginx` package has the module built in. */
export const nginx: Peer = {
  name: 'nginx',

  missing() {
    const program = findProgram('nginx');
    if (program === undefined) return missingProgram('nginx', 'nginx');
    const { stderr } = spawnSync(program, ['-V'], { encoding: 'utf8' });
    if (!stderr.includes('http_dav_module')) return 'nginx was built without http_dav_module (Debian: nginx has it)';
    return missingCurl();
  },

  async start(folders) {
    const port = await freePort();
    const config = join(folders.own, 'nginx.conf');
    mkdirSync(join(folders.own, 'temporary'));
    writeFileSync(config, configuration(port, folders));
    const log = join(folders.own, 'nginx.log');
    const words = [findProgram('nginx')!, '-p', folders.own, '-c', config, '-e', log];
    return {
      child: await startDaemon(words, port, log),
      command: words.join(' '),
      client: curlClient(`http://127.0.0.1:${port}`, folders.own),
    };
  },
};

/** Tuned: sendfile, a worker for each core, and temporary files where a finished PUT is renamed, not copied. */
function configuration(port: number, { own, served }: PeerFolders): string {
  return `${isRoot() ? 'user root;\n' : ''}daemon off;
worker_processes auto;
pid ${own}/nginx.pid;
events {
  worker_connections 1024;
}
http {
  sendfile on;
  tcp_nopush on;
  access_log off;
  keepalive_requests 1000000;
  client_max_body_size 0;
  client_body_buffer_size 1m;
  client_body_temp_path ${own}/temporary;
  proxy_temp_path ${own}/temporary;
  fastcgi_temp_path ${own}/temporary;
  uwsgi_temp_path ${own}/temporary;
  scgi_temp_path ${own}/temporary;
  default_type application/octet-stream;
  server {
    listen 127.0.0.1:${port};
    root ${served};
    location / {
      dav_methods PUT;
      create_full_put_path on;
      dav_access user:rw group:r all:r;
    }
  }
}
`;
}
