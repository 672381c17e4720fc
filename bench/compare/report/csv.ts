import { PUBLISHED_COLUMNS } from '../published.js';
import { CONTESTANTS, type Outcome } from '../result.js';
import type { Row } from './row.js';

const OWN_COLUMNS = [
  'contestant',
  'ending',
  'runs',
  'time_s',
  'server_success',
  'server_fail',
  'aggregate_mb_per_s',
  'server_cpu_s',
  'client_cpu_s',
  'server_peak_bytes',
  'server_peak_bound_bytes',
  'client_peak_bytes',
  'wire_bytes',
  'error',
];

/**
 * The published columns, then ours: of each scenario the published row (contestant `published`), then a row for each contestant that ran it. What is not
 * known is empty. Lines end in LF; quoting is that of RFC 4180.
 */
export function csv(rows: readonly Row[]): string {
  const lines = [
    [...PUBLISHED_COLUMNS, ...OWN_COLUMNS],
    ...rows.flatMap((row) => [
      publishedCells(row),
      ...CONTESTANTS.flatMap((name) => {
        const outcome = row.outcomes[name];
        return outcome === undefined ? [] : [outcomeCells(row, outcome)];
      }),
    ]),
  ];
  return lines.map((cells) => `${cells.map(quoted).join(',')}\n`).join('');
}

function publishedCells(row: Row): string[] {
  const { averageSeconds, bytesPerSecondPerClient, clientSuccesses, clientFailures } = row.published;
  return cellsOf([
    ...scenarioCells(row),
    averageSeconds,
    bytesPerSecondPerClient,
    clientSuccesses,
    clientFailures,
    'published',
    ...OWN_COLUMNS.slice(1).map(() => null),
  ]);
}

function outcomeCells(row: Row, outcome: Outcome): string[] {
  return cellsOf([
    ...scenarioCells(row),
    outcome.averageSeconds,
    outcome.bytesPerSecondPerClient,
    outcome.clientSuccesses,
    outcome.clientFailures,
    outcome.contestant,
    outcome.ending,
    outcome.runs,
    outcome.seconds,
    outcome.serverSuccesses,
    outcome.serverFailures,
    outcome.aggregateMegabytesPerSecond,
    outcome.cpuSeconds.server,
    outcome.cpuSeconds.clients,
    outcome.peakMemory.server,
    outcome.contestant === 'old' ? null : row.memoryBound,
    outcome.peakMemory.clients,
    outcome.wireBytes,
    outcome.error ?? null,
  ]);
}

function scenarioCells({ scenario, published }: Row): (string | number)[] {
  const { pool, operation, megabytes, clients, serverWorkers } = scenario;
  return [pool, published.number, operation, megabytes, clients, serverWorkers];
}

function cellsOf(values: readonly (string | number | null)[]): string[] {
  return values.map((value) => (value === null ? '' : String(value)));
}

function quoted(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
