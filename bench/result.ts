import { type Machine, describeMachine } from './machine.js';
import type { BenchOptions } from './options.js';
import { type Commands, runRounds, type Sample, type Side } from './rounds.js';
import { median, pairedRatio, type Spread, spread } from './statistics.js';
import { type Place, Workspace } from './workspace.js';

/** What is measured. */
export interface Work {
  readonly bench: string;
  /** What is moved, and which way. */
  readonly title: string;
  /** Of the figure that is compared. */
  readonly unit: string;
  /** How much of the unit one transfer moves. */
  readonly amount: number;
  /** What the amount counts; without it, it is GiB. */
  readonly counted?: 'file' | 'start';
  readonly bytes: number;
}

/** Sides that carry out the same work, and so can be compared. */
export interface Race {
  readonly work: Work;
  /** Bytes that are there at one time, at most. */
  readonly room: number;
  /** The figure of one transfer; by default how much of the unit was moved in a second. */
  readonly figure?: (sample: Sample) => number;
  /** Makes what is transferred. */
  prepare(workspace: Workspace): void;
  readonly sides: Readonly<Record<string, SideMaker>>;
}

export type SideMaker = (workspace: Workspace) => Promise<Side>;

export interface SideResult {
  readonly name: string;
  readonly unit: string;
  readonly figure: Spread;
  /** By round. */
  readonly samples: readonly Sample[];
  /** The figure against those of other sides, by their names, paired by round. */
  readonly ratios: Readonly<Record<string, number>>;
  /** The median; null where the system doesn't tell. */
  readonly cpuSeconds: Ends;
  readonly cpuSecondsPerGiB: Ends;
  /** Bytes (VmHWM), of all processes of that end. */
  readonly peakMemory: Ends;
  readonly commands: Commands;
}

export interface Ends {
  readonly server: number | null;
  readonly client: number | null;
}

export interface Result extends Work {
  readonly date: string;
  readonly machine: Machine;
  readonly dir: string;
  readonly place: Place;
  readonly rounds: number;
  readonly sides: readonly SideResult[];
}

/** Runs the sides that were asked for against each other, and cleans up after them. */
export async function compare(options: BenchOptions, race: Race): Promise<Result> {
  const chosen = chosenSides(race, options.only);
  if (chosen.length === 0) throw new Error(`no side is named so; there are: ${Object.keys(race.sides).join(', ')}`);
  const workspace = await Workspace.create(options.dir, race.room);
  const sides: Side[] = [];
  try {
    options.onProgress(`preparing ${workspace.root}`);
    race.prepare(workspace);
    for (const name of chosen) sides.push(await race.sides[name]!(workspace));
    await workspace.settle();
    const samples = await runRounds(sides, options.rounds, options.onProgress);
    return {
      ...race.work,
      date: new Date().toISOString(),
      machine: describeMachine(),
      dir: workspace.root,
      place: workspace.place,
      rounds: options.rounds,
      sides: sides.map((side) => summarize(side, samples, race)),
    };
  } finally {
    const children = sides.flatMap(({ server, client }) => (server === null ? [client] : [server, client]));
    await Promise.all(children.map((child) => child.stop()));
    await workspace.remove();
  }
}

/** Names of the sides whose name has one of the words in it; all without any word. */
export function chosenSides({ sides }: Race, only: readonly string[]): string[] {
  return Object.keys(sides).filter((name) => only.length === 0 || only.some((part) => name.includes(part)));
}

function summarize(side: Side, samples: ReadonlyMap<Side, readonly Sample[]>, { work, figure }: Race): SideResult {
  const own = samples.get(side)!;
  const figuresOf = (of: readonly Sample[]): number[] => of.map(figure ?? (({ seconds }) => work.amount / seconds));
  const figures = figuresOf(own);
  const ratios: Record<string, number> = {};
  for (const [{ name }, theirs] of samples) {
    if (side.rivals?.includes(name)) ratios[name] = pairedRatio(figures, figuresOf(theirs));
  }
  const gibibytes = work.bytes / 1024 ** 3;
  const server = medianOf(own.map(({ serverCpu }) => serverCpu));
  const client = medianOf(own.map(({ clientCpu }) => clientCpu));
  return {
    name: side.name,
    unit: work.unit,
    figure: spread(figures),
    samples: own,
    ratios,
    cpuSeconds: { server, client },
    cpuSecondsPerGiB: { server: server && server / gibibytes, client: client && client / gibibytes },
    peakMemory: {
      server: greatestOf(own.map(({ serverMemory }) => serverMemory)),
      client: greatestOf(own.map(({ clientMemory }) => clientMemory)),
    },
    commands: side.commands ?? {},
  };
}

function medianOf(values: readonly (number | undefined)[]): number | null {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? null : median(known);
}

function greatestOf(values: readonly (number | undefined)[]): number | null {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? null : Math.max(...known);
}
