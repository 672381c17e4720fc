import type { StagesResult } from '../stages.js';
import { machineLine } from '../table.js';
import { sizeText } from '../works/entry.js';
import type { Account } from './account.js';
import { type Grid, gridMarkdown, gridText } from './grid.js';
import type { StageCost } from './measure-stages.js';
import type { Stage } from './stage.js';
import { type ThreadUsage, total } from './thread-usage.js';

export function stagesText(result: StagesResult): string {
  return [`stages: ${preamble(result)}`, '', ...gridsOf(result).map(gridText)].join('\n');
}

export function stagesMarkdown(result: StagesResult): string {
  return [
    `Measured on ${result.date.slice(0, 10)}: ${preamble(result)}.`,
    '',
    ...gridsOf(result).map(gridMarkdown),
  ].join('\n');
}

function preamble({ rounds, size, files, fileSize, place, machine }: StagesResult): string {
  const load = `${sizeText(size)} and ${files} files of ${sizeText(fileSize)}`;
  const where = place === 'memory' ? 'in memory' : 'on the disk';
  return `${load}, ${where}; medians of ${rounds} rounds; ${machineLine(machine)}`;
}

function gridsOf(result: StagesResult): Grid[] {
  return [
    stageGrid('Stages of a large file, each alone', 'GiB', result),
    stageGrid('Stages of a small file, each alone', 'file', result),
    callGrid(result),
    ...result.accounts.map((account) => accountGrid(account, result)),
    allocationGrid(result),
  ];
}

/** CPU of a GiB in seconds, of a file in microseconds. */
function unitOf(per: Stage['per']): string {
  return per === 'GiB' ? 'CPU s/GiB' : 'CPU µs/file';
}

function cost(seconds: number, per: Stage['per']): string {
  return per === 'GiB' ? seconds.toFixed(3) : (seconds * 1e6).toFixed(1);
}

function stageGrid(title: string, per: Stage['per'], { costs }: StagesResult): Grid {
  return {
    title,
    header: ['stage', unitOf(per), 'min', 'max', 'main thread', 'others', "V8's helpers"],
    rows: costs
      .filter((one) => one.per === per)
      .map(({ name, usage, total }) => [
        name,
        ...[total.median, total.min, total.max, usage.main, usage.others, usage.helpers].map((seconds) =>
          cost(seconds, per),
        ),
      ]),
  };
}

function callGrid({ costs }: StagesResult): Grid {
  const perCall = (seconds: number, { calls }: StageCost): string => ((seconds * 1e6) / calls!).toFixed(1);
  return {
    title: 'One call to a worker',
    header: ['stage', 'CPU µs/call', 'main thread', 'worker', "V8's helpers"],
    rows: costs
      .filter(({ calls }) => calls !== undefined)
      .map((one) => [
        one.name,
        ...[one.total.median, one.usage.main, one.usage.others, one.usage.helpers].map((seconds) =>
          perCall(seconds, one),
        ),
      ]),
  };
}

const WHOLE_NAMES = {
  'put one': 'put of one file',
  'get one': 'get of one file',
  'put small': 'put of small files',
  'get small': 'get of small files',
} as const;

/** What the other threads of an end are. */
const OTHERS = { server: 'workers', client: 'pool threads' } as const;

function accountGrid(account: Account, { seconds }: StagesResult): Grid {
  const { work, end, per, stages, sum, usage, unexplained } = account;
  const whole = total(usage);
  const row = (name: string, part: ThreadUsage): string[] => [
    name,
    cost(part.main, per),
    cost(part.others, per),
    cost(part.helpers, per),
    cost(total(part), per),
    `${((100 * total(part)) / whole).toFixed(0)} %`,
  ];
  return {
    title: `${end}: ${WHOLE_NAMES[work]} (${seconds[work].median.toFixed(2)} s)`,
    header: [unitOf(per), 'main thread', OTHERS[end], "V8's helpers", 'all', 'share'],
    rows: [
      ...stages.map(({ name, usage }) => row(name, usage)),
      row('sum of stages', sum),
      row('whole', usage),
      row('unexplained', unexplained),
    ],
  };
}

/** How many of the places that allocate most are shown. */
const PLACES = 3;

function allocationGrid({ allocations }: StagesResult): Grid {
  return {
    title: 'Allocated on the heap of V8, main threads',
    header: ['transfer', 'KiB', 'most of it'],
    rows: allocations.map(({ work, end, per, bytes, places }) => [
      `${end}, ${WHOLE_NAMES[work]}`,
      `${(bytes / 1024).toFixed(1)}/${per}`,
      places
        .slice(0, PLACES)
        .map((one) => `${one.place} ${((100 * one.bytes) / bytes).toFixed(0)} %`)
        .join(', '),
    ]),
  };
}
