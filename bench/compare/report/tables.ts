import { figureText } from '../../report/text.js';
import { CONTESTANTS, type Outcome } from '../result.js';
import { COUNTS, MEGABYTE, MEGABYTES, OPERATIONS, POOLS, type Scenario } from '../scenario.js';
import type { Duel } from './duel.js';
import { CONTESTANT_NAMES } from './names.js';
import { ratioText, timeRatio, wasStopped } from './ratio.js';
import type { Row } from './row.js';
import { totalsOf } from './totals.js';

/** Cells as text, for any page. */
export interface Table {
  /** Titles over several columns each; they cover the whole width. */
  readonly groups: readonly (readonly [title: string, columns: number])[];
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** How many columns on the left say what the row is; the others are figures. */
  readonly labels: number;
}

const NONE = '–';

/** A contestant a line, over all its scenarios. */
export function totalsTable(rows: readonly Row[]): Table {
  return {
    groups: [
      ['', 1],
      ['scenarios', 3],
      ['clients', 2],
      ['server', 1],
      ['median of what ended with nothing failed', 3],
      ['greatest peak, MiB', 2],
    ],
    header: [
      ...['', 'run', 'stopped by time', 'by memory', 'all', 'failed', 'files not whole'],
      ...['MB/s', 'CPU s/GiB', 'wire/content', 'server', 'clients'],
    ],
    labels: 1,
    rows: CONTESTANTS.map((name) => {
      const totals = totalsOf(rows, name);
      return [
        CONTESTANT_NAMES[name],
        ...[totals.scenarios, totals.stoppedByTime, totals.stoppedByMemory].map(String),
        ...[totals.clients, totals.clientFailures, totals.serverFailures].map((count) => count.toLocaleString('en')),
        figure(totals.throughput?.median),
        figure(totals.cpuSecondsPerGigabyte?.median),
        totals.wireRatio?.median.toFixed(3) ?? NONE,
        mebibytes(totals.peakMemory.server),
        mebibytes(totals.peakMemory.clients),
      ];
    }),
  };
}

/** The matrix as it is in the heat map. */
export function ratioTable({ bouts }: Duel): Table {
  const blocks = OPERATIONS.flatMap((operation) => POOLS.map((pool) => ({ operation, pool })));
  const find = (wanted: Scenario): string => {
    const bout = bouts.find(
      ({ row: { scenario } }) =>
        scenario.operation === wanted.operation &&
        scenario.pool === wanted.pool &&
        scenario.serverWorkers === wanted.serverWorkers &&
        scenario.megabytes === wanted.megabytes &&
        scenario.clients === wanted.clients,
    )!;
    return bout.verdict === 'missing' ? '' : ratioText(bout.ratio);
  };
  return {
    groups: [['', 2], ...blocks.map(({ operation, pool }) => [`${operation}, ${pool}`, COUNTS.length] as const)],
    header: ['MB', 'clients', ...blocks.flatMap(() => COUNTS.map(String))],
    labels: 2,
    rows: MEGABYTES.flatMap((megabytes) =>
      COUNTS.map((clients) => [
        String(megabytes),
        String(clients),
        ...blocks.flatMap((block) =>
          COUNTS.map((serverWorkers) => find({ ...block, megabytes, clients, serverWorkers })),
        ),
      ]),
    ),
  };
}

/** The published columns, theirs and ours. */
export function publishedTable(rows: readonly Row[]): Table {
  const series = ['published', ...CONTESTANTS.map((name) => CONTESTANT_NAMES[name])];
  const measured = rows.filter(({ outcomes }) => Object.keys(outcomes).length > 0);
  return {
    groups: [
      ['', 6],
      ['average time, s', series.length],
      ['MB/s per client', series.length],
      ['clients failed', series.length],
      ['time ratio to streaming', 2],
    ],
    header: [
      'pool',
      'no',
      'operation',
      'MB',
      'clients',
      'workers',
      ...[1, 2, 3].flatMap(() => ['published', 'old', 'old here', 'stream']),
      'old',
      'old here',
    ],
    labels: 6,
    rows: measured.map(({ scenario, published, outcomes }) => {
      const { pool, operation, megabytes, clients, serverWorkers } = scenario;
      const { old, legacy, stream } = outcomes;
      const each = CONTESTANTS.map((name) => outcomes[name]);
      return [
        pool,
        String(published.number),
        operation,
        ...[megabytes, clients, serverWorkers].map(String),
        figure(published.averageSeconds),
        ...each.map((outcome) => averageText(outcome)),
        figure(published.bytesPerSecondPerClient / MEGABYTE),
        ...each.map((outcome) => figure(perMegabyte(outcome?.bytesPerSecondPerClient))),
        String(published.clientFailures),
        ...each.map((outcome) => (outcome === undefined ? NONE : String(outcome.clientFailures))),
        ratioText(timeRatio(old, stream)),
        ratioText(timeRatio(legacy, stream)),
      ];
    }),
  };
}

/** Every outcome with all its figures. */
export function outcomesTable(rows: readonly Row[]): Table {
  return {
    groups: [
      ['', 6],
      ['', 4],
      ['clients', 2],
      ['server', 2],
      ['CPU, s', 2],
      ['peak, MiB', 3],
      ['', 1],
    ],
    header: [
      ...['operation', 'MB', 'clients', 'pool', 'workers', 'contestant'],
      ...['ended', 'runs', 'time, s', 'MB/s'],
      ...['ok', 'failed', 'ok', 'failed', 'server', 'clients', 'server', 'its bound', 'clients', 'wire, MB'],
    ],
    labels: 6,
    rows: rows.flatMap(({ scenario, outcomes, memoryBound }) =>
      CONTESTANTS.flatMap((name) => {
        const outcome = outcomes[name];
        return outcome === undefined ? [] : [outcomeCells(scenario, outcome, memoryBound)];
      }),
    ),
  };
}

function outcomeCells(scenario: Scenario, outcome: Outcome, memoryBound: number | null): string[] {
  const { operation, megabytes, clients, pool, serverWorkers } = scenario;
  const { contestant, cpuSeconds, peakMemory } = outcome;
  return [
    ...[operation, megabytes, clients, pool, serverWorkers, CONTESTANT_NAMES[contestant]].map(String),
    { done: 'yes', 'stopped-by-time': 'by time', 'stopped-by-memory': 'by memory' }[outcome.ending],
    String(outcome.runs),
    figure(outcome.seconds),
    figure(outcome.aggregateMegabytesPerSecond),
    ...[outcome.clientSuccesses, outcome.clientFailures, outcome.serverSuccesses, outcome.serverFailures].map(String),
    figure(cpuSeconds.server),
    figure(cpuSeconds.clients),
    mebibytes(peakMemory.server),
    contestant === 'old' ? NONE : mebibytes(memoryBound),
    mebibytes(peakMemory.clients),
    figure(perMegabyte(outcome.wireBytes)),
  ];
}

function averageText(outcome: Outcome | undefined): string {
  if (outcome === undefined) return NONE;
  // Nobody was done when it was stopped: the mean is above the time until then.
  if (outcome.averageSeconds === null) return outcome.ending === 'done' ? 'failed' : `> ${figureText(outcome.seconds)}`;
  // The mean of those who were done by then; the others would have raised it.
  return `${wasStopped(outcome) ? '≥ ' : ''}${figureText(outcome.averageSeconds)}`;
}

function figure(value: number | null | undefined): string {
  if (value === null || value === undefined) return NONE;
  return value === 0 ? '0' : figureText(value);
}

function perMegabyte(bytes: number | null | undefined): number | null {
  return bytes === null || bytes === undefined ? null : bytes / MEGABYTE;
}

function mebibytes(bytes: number | null): string {
  return bytes === null ? NONE : Math.round(bytes / MEGABYTE).toLocaleString('en');
}
