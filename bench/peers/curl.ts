import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Direction } from '../job.js';
import type { PeerClient } from './peer.js';
import { missingProgram } from './programs.js';

/** `--parallel` came with it. */
const OLDEST = 7.66;

/** @returns why it can't be used; undefined if it can */
export function missingCurl(): string | undefined {
  const missing = missingProgram('curl', 'curl');
  if (missing !== undefined) return missing;
  const version = /^curl (\d+\.\d+)/.exec(spawnSync('curl', ['--version'], { encoding: 'utf8' }).stdout)?.[1];
  return Number(version) >= OLDEST ? undefined : `curl is older than ${OLDEST}: ${version ?? 'unknown'}`;
}

/**
 * curl as the client of a server.
 * @param url of the served folder, without a slash at the end
 * @param options for uploads
 */
export function curlClient(url: string, own: string, uploadOptions = ''): PeerClient {
  return {
    file: (direction, local, remote) =>
      direction === 'put'
        ? `curl -sSf${uploadOptions} -T ${local} ${url}/${remote}`
        : `curl -sSf -o ${local} ${url}/${remote}`,
    tree(direction, local, remote, names) {
      const config = join(own, 'curl.conf');
      writeFileSync(
        config,
        names.map((name) => pair(direction, join(local, name), `${url}/${remote}/${name}`)).join(''),
      );
      const options = direction === 'put' ? uploadOptions : ' --create-dirs';
      return `curl -sSf --parallel --parallel-max 16${options} -K ${config}`;
    },
  };
}

function pair(direction: Direction, local: string, url: string): string {
  return `url = "${url}"\n${direction === 'put' ? 'upload-file' : 'output'} = "${local}"\n`;
}
