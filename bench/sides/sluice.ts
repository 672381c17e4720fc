import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Algorithm } from '../../lib/client/index.js';
import { type Agent, SLUICE, startAgent, startShell, startSluice } from '../child.js';
import { forAllCopies, itemNames, type Job } from '../job.js';
import type { Side } from '../rounds.js';
import { Stage } from '../stage.js';
import type { Workspace } from '../workspace.js';

export interface SluiceSide {
  readonly name: string;
  /** What a person types, its start included, or the library in a process that is there already. */
  readonly client: 'command' | 'library';
  /** Default `written`. */
  readonly durability?: 'written' | 'durable';
  /** What the library offers; default: all that it has. */
  readonly algorithm?: Algorithm;
  readonly rivals?: readonly string[];
  /** The server has no leaves of the files: each get is the first. */
  readonly isFirst?: boolean;
}

/** Milliseconds: a server keeps the leaves of files that have stood still for a minute, the first time that they are fetched. */
const SETTLED = 61_000;
/** Bytes of a file whose digest shows. */
const WORTH_A_WAIT = 16 * 1024 ** 2;

/** This project's server, as a person starts it, and its client. */
export async function sluiceSide(choice: SluiceSide, workspace: Workspace, job: Job): Promise<Side> {
  const { name, durability = 'written', rivals = [], isFirst = false } = choice;
  const stage = await Stage.create(name, workspace, job);
  const options = durability === 'written' ? [] : ['--durability', durability];
  const { child: server, port, command } = await startSluice(stage.served, options);
  const side = {
    name,
    rivals,
    server,
    verify: () => stage.verify(),
    async clear() {
      const leaves = join(stage.served, '.sluice', 'leaves');
      if (isFirst) for (const kept of readdirSync(leaves)) rmSync(join(leaves, kept));
      await stage.clear();
    },
  };
  // All sides' files are links to the same ones, and the last link is their last change.
  const ready = Date.now() + SETTLED;
  const waits = job.direction === 'get' && !isFirst && job.shape === 'file' && statSync(job.source).size > WORTH_A_WAIT;
  const settle = async (): Promise<void> => {
    if (waits) await setTimeout(Math.max(0, ready - Date.now()));
  };
  if (choice.client === 'library') {
    const client = startAgent('sluice-client');
    const transfer = async () => {
      await settle();
      return request(client, port, job, stage, choice.algorithm);
    };
    return { ...side, client, transfer, commands: { server: command } };
  }
  const client = startShell();
  const line = commandLine(port, job, stage);
  const transfer = async () => {
    await settle();
    return client.request('run', line);
  };
  return { ...side, client, transfer, commands: { server: command, client: line } };
}

function commandLine(port: number, job: Job, { local, remote }: Stage): string {
  const url = `sluice://127.0.0.1:${port}/${remote}`;
  const operands = job.direction === 'put' ? [local, url] : [url, local];
  const options = job.shape === 'tree' ? ['-r', '--quiet'] : ['--quiet'];
  return forAllCopies(job, [...SLUICE, job.direction, ...options, ...operands].join(' '));
}

function request(client: Agent, port: number, job: Job, stage: Stage, algorithm?: Algorithm): Promise<number> {
  const { direction, shape, copies } = job;
  const rest = algorithm === undefined ? [] : [algorithm];
  if (shape === 'file' && copies > 1) {
    const names = itemNames(job);
    return direction === 'put'
      ? client.request('putMany', port, stage.local, names, ...rest)
      : client.request('getMany', port, names, stage.arrivals, ...rest);
  }
  const task = shape === 'file' ? direction : (`${direction}Tree` as const);
  const operands = direction === 'put' ? [stage.local, stage.remote] : [stage.remote, stage.local];
  return client.request(task, port, ...operands, ...rest);
}
