import process from 'node:process';
import { GIB } from '../works/entry.js';
import { median, type Spread, spread } from '../statistics.js';
import type { Lab, Load, Rig, Stage } from './stage.js';
import { scaled, type ThreadUsage, total, usageDuring } from './thread-usage.js';

export interface StageCost {
  readonly name: string;
  readonly per: Stage['per'];
  readonly calls?: number;
  /** CPU seconds for one GiB or one file, by thread: medians. */
  readonly usage: ThreadUsage;
  /** Of all threads together. */
  readonly total: Spread;
}

/** Runs the stages in turn, each alone, in this process; a first round doesn't count. */
export async function measureStages(
  stages: readonly Stage[],
  lab: Lab,
  rounds: number,
  onProgress: (line: string) => void,
): Promise<StageCost[]> {
  const rigs: Rig[] = [];
  try {
    for (const stage of stages) rigs.push(await stage.open(lab));
    const samples = stages.map((): ThreadUsage[] => []);
    for (let round = 0; round <= rounds; round++) {
      onProgress(round === 0 ? 'stages: warm-up' : `stages: round ${round}/${rounds}`);
      for (const [index, rig] of rigs.entries()) {
        const usage = await usageDuring(process.pid, () => rig.run());
        rig.clear?.();
        if (round > 0) samples[index]!.push(scaled(usage, 1 / amount(stages[index]!.per, lab)));
      }
    }
    return stages.map(({ name, per, calls }, index) => ({
      name,
      per,
      ...(calls === undefined ? {} : { calls }),
      ...summary(samples[index]!),
    }));
  } finally {
    for (const rig of rigs) await rig.close?.();
  }
}

export function amount(per: Stage['per'], { size, files }: Load): number {
  return per === 'GiB' ? size / GIB : files;
}

/** The median of each kind of thread, and the spread of their sum. */
export function summary(samples: readonly ThreadUsage[]): { usage: ThreadUsage; total: Spread } {
  return {
    usage: {
      main: median(samples.map(({ main }) => main)),
      others: median(samples.map(({ others }) => others)),
      helpers: median(samples.map(({ helpers }) => helpers)),
    },
    total: spread(samples.map(total)),
  };
}
