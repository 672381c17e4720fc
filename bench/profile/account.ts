import type { StageCost } from './measure-stages.js';
import type { Stage } from './stage.js';
import type { ThreadUsage } from './thread-usage.js';

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
      ['create, write, times, rename, close', 'others'],
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
      ['open, stat, read, close', 'others'],
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
  const sum = {
    main: stages.reduce((all, { usage }) => all + usage.main, 0),
    others: stages.reduce((all, { usage }) => all + usage.others, 0),
  };
  const { main, others } = whole.usage;
  return {
    ...whole,
    per: whole.work.endsWith('one') ? 'GiB' : 'file',
    stages,
    sum,
    unexplained: { main: main - sum.main, others: others - sum.others },
  };
}

function placed({ main, others }: ThreadUsage, place: Place): ThreadUsage {
  if (place === 'as measured') return { main, others };
  return place === 'main' ? { main: main + others, others: 0 } : { main: 0, others: main + others };
}
