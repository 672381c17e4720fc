import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { DEFAULT_FRAGMENT } from '../../protocol/limits.js';
import { type Agent, startAgent } from '../child.js';
import type { Job } from '../job.js';
import { Stage as Folders } from '../stage.js';
import { type Spread, spread } from '../statistics.js';
import type { Workspace } from '../workspace.js';
import type { End, Whole, WorkName } from './account.js';
import type { AllocationPlace } from './allocations.js';
import { amount, summary } from './measure-stages.js';
import type { Load } from './stage.js';
import { minus, scaled, type ThreadUsage, threadUsage } from './thread-usage.js';

/** What one end's main thread allocates on the heap of V8. */
export interface Allocations {
  readonly work: WorkName;
  readonly end: End;
  /** Bytes for one MiB of content, or for one file. */
  readonly bytes: number;
  readonly per: 'MiB' | 'file';
  readonly places: readonly AllocationPlace[];
}

export interface TransferCosts {
  readonly wholes: readonly Whole[];
  readonly seconds: Readonly<Record<WorkName, Spread>>;
  readonly allocations: readonly Allocations[];
}

const ENDS = ['server', 'client'] as const;

interface Task {
  readonly name: WorkName;
  readonly folders: Folders;
  readonly run: () => Promise<number>;
}

/** Real transfers between two processes: what each thread of them uses, and in a round of its own what they allocate. */
export async function measureTransfers(
  load: Load & { readonly workspace: Workspace; readonly source: string; readonly tree: string },
  rounds: number,
  onProgress: (line: string) => void,
): Promise<TransferCosts> {
  const { workspace } = load;
  const agents = { server: startAgent('profiled-server'), client: startAgent('profiled-client') };
  try {
    const port = await agents.server.request('serve', workspace.root, DEFAULT_FRAGMENT);
    const tasks = await Promise.all([
      taskOf('put one', { direction: 'put', shape: 'file', source: load.source, copies: 1 }),
      taskOf('get one', { direction: 'get', shape: 'file', source: load.source, copies: 1 }),
      taskOf('put small', { direction: 'put', shape: 'tree', source: load.tree, copies: 1 }),
      taskOf('get small', { direction: 'get', shape: 'tree', source: load.tree, copies: 1 }),
    ]);
    const samples = new Map(tasks.map(({ name }) => [name, [] as Sample[]]));
    for (let round = 0; round <= rounds; round++) {
      onProgress(round === 0 ? 'transfers: warm-up' : `transfers: round ${round}/${rounds}`);
      for (const task of tasks) {
        const sample = await measured(task, agents);
        if (round > 0) samples.get(task.name)!.push(sample);
      }
    }
    onProgress('allocations');
    const allocations: Allocations[] = [];
    for (const task of tasks) allocations.push(...(await allocated(task, agents, load)));
    return {
      wholes: [...samples].flatMap(([work, own]) => ENDS.map((end) => wholeOf(work, end, own, load))),
      seconds: Object.fromEntries(
        [...samples].map(([work, own]) => [work, spread(own.map(({ seconds }) => seconds))]),
      ) as TransferCosts['seconds'],
      allocations,
    };

    async function taskOf(name: WorkName, job: Job): Promise<Task> {
      const folders = await Folders.create(`whole ${name}`, workspace, job);
      const remote = `${relative(workspace.root, folders.served)}/${folders.remote}`;
      const operands = job.direction === 'put' ? [folders.local, remote] : [remote, folders.local];
      const request = job.shape === 'file' ? job.direction : `${job.direction}Tree`;
      return { name, folders, run: () => agents.client.request(request, port, ...operands) };
    }
  } finally {
    await Promise.all(ENDS.map((end) => agents[end].stop()));
  }
}

type Agents = Readonly<Record<End, Agent>>;

interface Sample {
  readonly seconds: number;
  readonly usage: Readonly<Record<End, ThreadUsage>>;
}

async function measured({ folders, run }: Task, agents: Agents): Promise<Sample> {
  const before = await usageOf(agents);
  const seconds = await run();
  const after = await usageOf(agents);
  folders.verify();
  await folders.clear();
  return {
    seconds,
    usage: { server: minus(after.server, before.server), client: minus(after.client, before.client) },
  };
}

async function usageOf({ server, client }: Agents): Promise<Record<End, ThreadUsage>> {
  return { server: await threadUsage(server.pid), client: await threadUsage(client.pid) };
}

async function allocated({ name, folders, run }: Task, agents: Agents, load: LoadInWorkspace): Promise<Allocations[]> {
  for (const end of ENDS) await agents[end].request('beginAllocations');
  await run();
  const allocations: Allocations[] = [];
  const per = name.endsWith('one') ? 'MiB' : 'file';
  const count = per === 'MiB' ? load.size / 1024 ** 2 : load.files;
  for (const end of ENDS) {
    const path = load.workspace.path('allocations.json');
    const bytes = (await agents[end].request('endAllocations', path)) / count;
    const places = (JSON.parse(readFileSync(path, 'utf8')) as AllocationPlace[]).map((one) => ({
      ...one,
      bytes: one.bytes / count,
    }));
    allocations.push({ work: name, end, bytes, per, places });
  }
  await folders.clear();
  return allocations;
}

type LoadInWorkspace = Load & { readonly workspace: Workspace };

function wholeOf(work: WorkName, end: End, samples: readonly Sample[], load: Load): Whole {
  const factor = 1 / amount(work.endsWith('one') ? 'GiB' : 'file', load);
  return { work, end, usage: summary(samples.map(({ usage }) => scaled(usage[end], factor))).usage };
}
