import { type Machine, describeMachine } from './machine.js';
import type { BenchOptions } from './options.js';
import { peakMemory } from './process-usage.js';
import { runRounds, type Sample, type Side } from './rounds.js';
import { median, pairedRatio, type Spread, spread } from './statistics.js';
import type { Workspace } from './workspace.js';

/** What is measured. */
export interface Work {
  readonly bench: string;
  readonly unit: string;
  /** How much of the unit one transfer moves. */
  readonly amount: number;
  readonly bytes: number;
}

export interface SideResult {
  readonly name: string;
  readonly unit: string;
  readonly rate: Spread;
  /** Seconds, by round. */
  readonly seconds: readonly number[];
  /** Against the floor, paired by round. */
  readonly ratio: number | null;
  /** The median; null where the system doesn't tell. */
  readonly cpuSecondsPerGiB: { readonly server: number | null; readonly client: number | null };
  /** Bytes (VmHWM), of all processes of that end. */
  readonly peakMemory: { readonly server: number | null; readonly client: number | null };
}

export interface Result extends Work {
  readonly date: string;
  readonly machine: Machine;
  readonly dir: string;
  readonly rounds: number;
  readonly sides: readonly SideResult[];
}

/**
 * Runs the sides that were asked for against each other, and cleans up after them.
 * @param prepare makes what is transferred
 */
export async function compare<Source>(
  options: BenchOptions,
  work: Work,
  workspace: Workspace,
  prepare: () => Promise<Source>,
  makers: Readonly<Record<string, (source: Source) => Promise<Side>>>,
): Promise<Result> {
  const sides: Side[] = [];
  try {
    const chosen = Object.entries(makers).filter(([name]) => isChosen(name, options.only));
    if (chosen.length === 0) throw new Error(`no side is named so; there are: ${Object.keys(makers).join(', ')}`);
    options.onProgress(`preparing ${workspace.root}`);
    const source = await prepare();
    for (const [, make] of chosen) sides.push(await make(source));
    const samples = await runRounds(sides, options.rounds, options.onProgress);
    return {
      ...work,
      date: new Date().toISOString(),
      machine: describeMachine(),
      dir: workspace.root,
      rounds: options.rounds,
      sides: sides.map((side) => summarize(side, samples, work)),
    };
  } finally {
    await Promise.all(sides.flatMap(({ server, client }) => [server.stop(), client.stop()]));
    await workspace.remove();
  }
}

function isChosen(name: string, only: readonly string[]): boolean {
  return only.length === 0 || only.some((part) => name.includes(part));
}

function summarize(
  side: Side,
  samples: ReadonlyMap<Side, readonly Sample[]>,
  { unit, amount, bytes }: Work,
): SideResult {
  const own = samples.get(side)!;
  const rates = own.map(({ seconds }) => amount / seconds);
  const floor = [...samples].find(([{ name }]) => name === side.floor)?.[1];
  return {
    name: side.name,
    unit,
    rate: spread(rates),
    seconds: own.map(({ seconds }) => seconds),
    ratio:
      floor === undefined
        ? null
        : pairedRatio(
            rates,
            floor.map(({ seconds }) => amount / seconds),
          ),
    cpuSecondsPerGiB: {
      server: perGiB(
        own.map(({ serverCpu }) => serverCpu),
        bytes,
      ),
      client: perGiB(
        own.map(({ clientCpu }) => clientCpu),
        bytes,
      ),
    },
    peakMemory: { server: peakMemory(side.server.pid) ?? null, client: peakMemory(side.client.pid) ?? null },
  };
}

function perGiB(cpu: readonly (number | undefined)[], bytes: number): number | null {
  const known = cpu.filter((seconds) => seconds !== undefined);
  return known.length === 0 ? null : median(known) / (bytes / 1024 ** 3);
}
