import type { StageCost } from './measure-stages.js';
import type { Stage } from './stage.js';
import { minus, NO_USAGE, plus, type ThreadUsage } from './thread-usage.js';

export type WorkName = 'put one' | 'get one' | 'put small' | 'get small';
export type End = 'server' | 'client';

/** Where a stage runs in the whole: what was measured on one thread may run on another there. */
type Place = 'main' | 'others' | 'as measured';

interface Plan {
  readonly work: WorkName;
  readonly end: End;
  readonly stages: readonly (readonly [name: string, place: Place])[];
}

/** Which stages a transfer is made of. */
const PLANS: readonly Plan[] = [
  {
    work: 'put one',
    end: 'server',
    stages: [
      ['socket read', 'main'],
      ['parse', 'main'],
      ['hand-over, 4 chunks a call', 'as measured'],
      ['digest blake3', 'others'],
      ['write', 'others'],
    ],
  },
  {
    work: 'put one',
    end: 'client',
    stages: [
      ['read, asynchronous', 'as measured'],
      ['digest blake3', 'main'],
      ['socket write', 'main'],
    ],
  },
  {
    work: 'get one',
    end: 'server',
    stages: [
      ['hand-over, 1 chunk a call', 'as measured'],
      ['read', 'others'],
      ['digest blake3', 'others'],
      ['socket write', 'main'],
    ],
  },
  {
    work: 'get one',
    end: 'client',
    stages: [
      ['socket read', 'main'],
      ['parse', 'main'],
      ['digest blake3', 'main'],
      ['write, asynchronous', 'as measured'],
    ],
  },
  {
    work: 'put small',
    end: 'server',
    stages: [
      ['socket read, small frames', 'main'],
      ['parse PUT + DATA', 'main'],
      ['decode PUT', 'main'],
      ['hand-over, 32 files a call', 'as measured'],
      ['digest blake3, leaf and root', 'others'],
      ['create, write, times, rename, close in open folders', 'others'],
      ['encode RESULT of PUT', 'main'],
    ],
  },
  {
    work: 'put small',
    end: 'client',
    stages: [
      ['open, stat, read, close', 'main'],
      ['digest blake3, leaf and root', 'main'],
      ['encode PUT', 'main'],
      ['socket write, small frames', 'main'],
      ['decode RESULT of PUT', 'main'],
    ],
  },
  {
    work: 'get small',
    end: 'server',
    stages: [
      ['decode GET', 'main'],
      ['hand-over, 32 files a call', 'as measured'],
      ['open, stat, read, close in open folders', 'others'],
      ['digest blake3, leaf and root', 'others'],
      ['encode FILE', 'main'],
      ['encode RESULT of GET', 'main'],
      ['socket write, small frames', 'main'],
    ],
  },
  {
    work: 'get small',
    end: 'client',
    stages: [
      ['encode GET', 'main'],
      ['socket read, small frames', 'main'],
      ['parse PUT + DATA', 'main'],
      ['decode FILE', 'main'],
      ['decode RESULT of GET', 'main'],
      ['digest blake3, leaf and root', 'main'],
      ['create, write, times, rename, close', 'main'],
    ],
  },
];

/** One end of a transfer as a whole, measured; CPU seconds for a GiB or a file. */
export interface Whole {
  readonly work: WorkName;
  readonly end: End;
  readonly usage: ThreadUsage;
}

/** The sum of a transfer's stages against the whole. */
export interface Account extends Whole {
  readonly per: Stage['per'];
  readonly stages: readonly { readonly name: string; readonly usage: ThreadUsage }[];
  readonly sum: ThreadUsage;
  /** What no stage accounts for; negative where stages cost less together than alone. */
  readonly unexplained: ThreadUsage;
}

export function accountFor(whole: Whole, costs: readonly StageCost[]): Account {
  const plan = PLANS.find(({ work, end }) => work === whole.work && end === whole.end)!;
  const stages = plan.stages.flatMap(([name, place]) => {
    const cost = costs.find((one) => one.name === name);
    return cost === undefined ? [] : [{ name, usage: placed(cost.usage, place) }];
  });
  const sum = stages.reduce((all, { usage }) => plus(all, usage), NO_USAGE);
  return {
    ...whole,
    per: whole.work.endsWith('one') ? 'GiB' : 'file',
    stages,
    sum,
    unexplained: minus(whole.usage, sum),
  };
}

function placed(usage: ThreadUsage, place: Place): ThreadUsage {
  if (place === 'as measured') return usage;
  const own = usage.main + usage.others;
  return { ...usage, main: place === 'main' ? own : 0, others: place === 'others' ? own : 0 };
}
