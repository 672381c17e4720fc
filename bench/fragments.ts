import { readFileSync } from 'node:fs';
import { MAX_FRAGMENT } from '../protocol/limits.js';
import { type Agent, startAgent } from './child.js';
import { writeRandomFile } from './files.js';
import type { Direction, Job } from './job.js';
import { describeMachine, type Machine } from './machine.js';
import type { BenchOptions } from './options.js';
import { percentile } from './profile/percentile.js';
import { type Side, runRounds, type Sample } from './rounds.js';
import { Stage } from './stage.js';
import { median, pairedRatio, type Spread, spread } from './statistics.js';
import { GIB, MIB } from './works/entry.js';
import { type Place, Workspace } from './workspace.js';

const SIZES: readonly number[] = [65_536, 131_072, 262_144, MIB];
/** What is offered by default, and what the others are compared with. */
const USUAL = 262_144;

export interface FragmentCost {
  readonly direction: Direction;
  /** Bytes. */
  readonly fragment: number;
  /** GiB/s. */
  readonly rate: Spread;
  /** Against the usual size, paired by round. */
  readonly ratio: number;
  /** Of control frames on the same connection meanwhile, of all rounds together, in milliseconds. */
  readonly roundTrips: { readonly count: number; readonly median: number; readonly p99: number; readonly max: number };
}

export interface FragmentsResult {
  readonly bench: 'fragments';
  readonly date: string;
  readonly machine: Machine;
  readonly place: Place;
  readonly rounds: number;
  readonly size: number;
  readonly costs: readonly FragmentCost[];
}

interface Lane {
  readonly direction: Direction;
  readonly fragment: number;
  readonly side: Side;
  /** By round, the warm-up first. */
  readonly roundTrips: number[][];
}

/** The same transfer with fragments of several sizes, and how long a control frame waits in its midst. */
export async function fragments(
  options: Omit<BenchOptions, 'only'> & { readonly size: number },
): Promise<FragmentsResult> {
  const { rounds, size, onProgress } = options;
  const workspace = await Workspace.create(options.dir, 2 * size);
  const agents: Agent[] = [];
  try {
    onProgress(`preparing ${workspace.root}`);
    writeRandomFile(workspace.path('source'), size);
    const client = startAgent('profiled-client');
    agents.push(client);
    const lanes: Lane[] = [];
    for (const direction of ['put', 'get'] as const) {
      const job: Job = { direction, shape: 'file', source: workspace.path('source'), copies: 1 };
      const stage = await Stage.create(direction, workspace, job);
      const server = startAgent('profiled-server');
      agents.push(server);
      const port = await server.request('serve', stage.served, MAX_FRAGMENT);
      for (const fragment of SIZES) lanes.push(laneOf(job, fragment, stage, { server, client, port }, workspace));
    }
    const samples = await runRounds(
      lanes.map(({ side }) => side),
      rounds,
      onProgress,
    );
    return {
      bench: 'fragments',
      date: new Date().toISOString(),
      machine: describeMachine(),
      place: workspace.place,
      rounds,
      size,
      costs: lanes.map((lane) => costOf(lane, lanes, samples, size)),
    };
  } finally {
    await Promise.all(agents.map((agent) => agent.stop()));
    await workspace.remove();
  }
}

function laneOf(
  { direction }: Job,
  fragment: number,
  stage: Stage,
  { server, client, port }: { readonly server: Agent; readonly client: Agent; readonly port: number },
  workspace: Workspace,
): Lane {
  const roundTrips: number[][] = [];
  const times = workspace.path('times.json');
  const operands = direction === 'put' ? [stage.local, stage.remote] : [stage.remote, stage.local];
  const side: Side = {
    name: `${direction}, fragments of ${fragment / 1024} KiB`,
    server,
    client,
    async transfer() {
      const seconds = await client.request(`${direction}Watched`, port, fragment, times, ...operands);
      roundTrips.push(JSON.parse(readFileSync(times, 'utf8')) as number[]);
      return seconds;
    },
    verify: () => stage.verify(),
    clear: () => stage.clear(),
  };
  return { direction, fragment, side, roundTrips };
}

function costOf(
  { direction, fragment, side, roundTrips }: Lane,
  lanes: readonly Lane[],
  samples: ReadonlyMap<Side, readonly Sample[]>,
  size: number,
): FragmentCost {
  const ratesOf = (of: Side): number[] => samples.get(of)!.map(({ seconds }) => size / GIB / seconds);
  const usual = lanes.find((lane) => lane.direction === direction && lane.fragment === USUAL)!;
  const rates = ratesOf(side);
  const times = roundTrips.slice(1).flat();
  return {
    direction,
    fragment,
    rate: spread(rates),
    ratio: pairedRatio(rates, ratesOf(usual.side)),
    roundTrips: { count: times.length, median: median(times), p99: percentile(times, 99), max: Math.max(...times) },
  };
}
