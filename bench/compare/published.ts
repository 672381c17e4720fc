import { readFileSync } from 'node:fs';
import { matrix, type Scenario } from './scenario.js';

/** From the compiled file to the project's own copy. */
const TABLE = new URL('../../../docs/comparison/published-results.csv', import.meta.url);

export const PUBLISHED_COLUMNS = [
  'server_pool',
  'no',
  'operation',
  'file_mb',
  'client_workers',
  'server_workers',
  'avg_time_s',
  'throughput_bytes_per_s',
  'client_success',
  'client_fail',
] as const;

/** A row of the published report: its machine, its programs. */
export interface PublishedRow {
  /** 1 to 54 within each kind of pool, as printed there. */
  readonly number: number;
  readonly scenario: Scenario;
  readonly averageSeconds: number;
  /** For each client, B/s. */
  readonly bytesPerSecondPerClient: number;
  readonly clientSuccesses: number;
  readonly clientFailures: number;
}

/**
 * The 108 published rows in the order of `matrix()`.
 * @throws if the table's columns or the order of its scenarios are not the published ones
 */
export function publishedRows(text = readFileSync(TABLE, 'utf8')): PublishedRow[] {
  const [header, ...lines] = text.trimEnd().split(/\r?\n/);
  if (header !== PUBLISHED_COLUMNS.join(',')) throw new Error(`the published table has other columns: ${header}`);
  const scenarios = matrix();
  if (lines.length !== scenarios.length) {
    throw new Error(`the published table has ${lines.length} rows; the matrix has ${scenarios.length}`);
  }
  return lines.map((line, index) => rowOf(line, scenarios[index]!));
}

function rowOf(line: string, scenario: Scenario): PublishedRow {
  const cells = line.split(',');
  const { pool, operation, megabytes, clients, serverWorkers } = scenario;
  const expected = [pool, cells[1], operation, megabytes, clients, serverWorkers].join(',');
  if (!line.startsWith(`${expected},`)) {
    throw new Error(`the published table has "${line}" where ${expected} belongs`);
  }
  const [number, , , , , averageSeconds, bytesPerSecondPerClient, clientSuccesses, clientFailures] = cells
    .slice(1)
    .map(Number) as [number, number, number, number, number, number, number, number, number];
  return { number, scenario, averageSeconds, bytesPerSecondPerClient, clientSuccesses, clientFailures };
}
