import { writeRandomFile, writeRandomTree } from './files.js';
import { describeMachine, type Machine } from './machine.js';
import type { BenchOptions } from './options.js';
import { type Account, accountFor } from './profile/account.js';
import { measureStages, type StageCost } from './profile/measure-stages.js';
import { ColdSlots, type Load } from './profile/stage.js';
import { STAGES } from './profile/stages/index.js';
import { requireThreadUsage } from './profile/thread-usage.js';
import { measureTransfers, type TransferCosts } from './profile/transfers.js';
import { type Place, Workspace } from './workspace.js';

export interface StagesResult extends Load {
  readonly bench: 'stages';
  readonly date: string;
  readonly machine: Machine;
  readonly place: Place;
  readonly rounds: number;
  readonly costs: readonly StageCost[];
  readonly accounts: readonly Account[];
  readonly seconds: TransferCosts['seconds'];
  readonly allocations: TransferCosts['allocations'];
}

/** What each stage of the hot path costs alone, what whole transfers cost, and what lies between. */
export async function stages(options: Omit<BenchOptions, 'only'> & Load): Promise<StagesResult> {
  const { rounds, size, files, fileSize, onProgress } = options;
  requireThreadUsage();
  if (size % 1024 ** 2 !== 0) throw new Error('the size must be whole MiB: a rest would cost as much as a chunk');
  // The source, and one arrival at a time.
  const workspace = await Workspace.create(options.dir, 2 * size + 3 * files * Math.max(fileSize, 4096));
  try {
    onProgress(`preparing ${workspace.root}`);
    const lab = {
      workspace,
      size,
      files,
      fileSize,
      source: workspace.path('source'),
      tree: workspace.path('tree'),
      slots: new ColdSlots(),
    };
    writeRandomFile(lab.source, size);
    writeRandomTree(lab.tree, files, fileSize);
    const costs = await measureStages(STAGES, lab, rounds, onProgress);
    const { wholes, seconds, allocations } = await measureTransfers(lab, rounds, onProgress);
    return {
      bench: 'stages',
      date: new Date().toISOString(),
      machine: describeMachine(),
      place: workspace.place,
      rounds,
      size,
      files,
      fileSize,
      costs,
      accounts: wholes.map((whole) => accountFor(whole, costs)),
      seconds,
      allocations,
    };
  } finally {
    await workspace.remove();
  }
}
