import { PUBLISHED_COLUMNS } from '../compare/published.js';
import { aligned } from '../table.js';
import type { StressRow } from './stress.js';

/** Rows under the columns of the published table. */
export function stressTable(rows: readonly StressRow[]): string {
  const cells = rows.map((row) => [
    row.server_pool ?? '-',
    String(row.no),
    row.operation,
    String(row.file_mb),
    String(row.client_workers),
    row.server_workers?.toString() ?? '-',
    row.avg_time_s?.toFixed(2) ?? '-',
    row.throughput_bytes_per_s?.toFixed(2) ?? '-',
    String(row.client_success),
    String(row.client_fail),
  ]);
  return aligned([COLUMNS, ...cells])
    .join('\n')
    .concat('\n');
}

const COLUMNS: readonly (keyof StressRow)[] = PUBLISHED_COLUMNS;
