import { join } from 'node:path';
import { startShell } from '../child.js';
import { filesBelow } from '../files.js';
import { forAllCopies, type Job } from '../job.js';
import type { Peer } from '../peers/peer.js';
import type { Side } from '../rounds.js';
import { Stage } from '../stage.js';
import type { Workspace } from '../workspace.js';

/** Another server, and the client that one would use with it. */
export async function peerSide(peer: Peer, workspace: Workspace, job: Job): Promise<Side> {
  const stage = await Stage.create(peer.name, workspace, job);
  const { child: server, command, client: commands } = await peer.start(stage);
  const line =
    job.shape === 'file'
      ? forAllCopies(job, commands.file(job.direction, stage.local, stage.remote))
      : commands.tree(job.direction, stage.local, stage.remote, filesBelow(job.source));
  return commandSide(peer.name, stage, { child: server, command }, line);
}

/** A peer that checks nothing, and a check at both ends: each digests its own file, both at once, as two machines would. */
export async function summedSide(peer: Peer, workspace: Workspace, job: Job): Promise<Side> {
  const name = `${peer.name} + sha256sum`;
  const stage = await Stage.create(name, workspace, job);
  const server = await peer.start(stage);
  const transfer = server.client.file(job.direction, stage.local, stage.remote);
  const sums = [join(stage.own, 'sent.sum'), join(stage.own, 'arrived.sum')] as const;
  const check =
    `sha256sum <${job.source} >${sums[0]} & sha256sum <${stage.arrivals[0]!} >${sums[1]}; ` +
    `wait; cmp ${sums.join(' ')}`;
  return commandSide(name, stage, server, `${transfer} && { ${check}; }`);
}

function commandSide(
  name: string,
  stage: Stage,
  server: { readonly child: NonNullable<Side['server']>; readonly command: string },
  line: string,
): Side {
  const client = startShell();
  return {
    name,
    server: server.child,
    client,
    commands: { server: server.command, client: line },
    transfer: () => client.request('run', line),
    verify: () => stage.verify(),
    clear: () => stage.clear(),
  };
}
