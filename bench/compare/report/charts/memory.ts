import type { ChartSpec } from '../../../report/chart.js';
import { LIGHT } from '../../../report/palette.js';
import { CONTESTANTS } from '../../result.js';
import { COUNTS, MEGABYTE, POOLS } from '../../scenario.js';
import type { Row } from '../row.js';
import { seriesName, seriesScales } from './contestants.js';

/** Peak memory of the server by how much is moved at once, a panel for each kind of server, with the bound of the streaming one. */
export function memoryChart(rows: readonly Row[]): ChartSpec {
  const { colour, shape } = seriesScales(CONTESTANTS);
  return {
    data: { values: points(rows) },
    facet: {
      row: { field: 'pool', sort: POOLS.map(poolText) },
      column: { field: 'workers', sort: COUNTS.map(workersText) },
    },
    spacing: { row: 22, column: 22 },
    spec: {
      width: 286,
      height: 190,
      layer: [
        {
          mark: { type: 'rule', strokeDash: [5, 4], strokeWidth: 1.5 },
          transform: [{ filter: 'isValid(datum.bound)' }],
          encoding: {
            y: { field: 'bound', type: 'quantitative', aggregate: 'max' },
            color: { value: LIGHT.ink },
          },
        },
        {
          mark: { type: 'point', size: 46, strokeWidth: 1.4, filled: false, opacity: 0.9 },
          transform: [{ filter: 'isValid(datum.peak)' }],
          encoding: {
            x: {
              field: 'total',
              type: 'quantitative',
              scale: { type: 'log', domain: [7, 7000], nice: false },
              axis: {
                title: 'MB moved at once',
                values: [10, 50, 100, 500, 5000],
                format: ',d',
                grid: false,
              },
            },
            y: {
              field: 'peak',
              type: 'quantitative',
              scale: { type: 'log', nice: true },
              axis: { title: 'MiB', grid: true, values: [10, 30, 100, 300, 1000, 3000, 10_000], format: ',~g' },
            },
            color: { field: 'contestant', type: 'nominal', scale: colour },
            shape: { field: 'contestant', type: 'nominal', scale: shape },
          },
        },
      ],
    },
  };
}

function points(rows: readonly Row[]): object[] {
  return rows.flatMap(({ scenario, outcomes, memoryBound }) =>
    CONTESTANTS.map((name) => ({
      contestant: seriesName(name),
      pool: poolText(scenario.pool),
      workers: workersText(scenario.serverWorkers),
      total: scenario.megabytes * scenario.clients,
      peak: megabytes(outcomes[name]?.peakMemory.server),
      bound: megabytes(memoryBound),
    })),
  );
}

function megabytes(bytes: number | null | undefined): number | null {
  return bytes === null || bytes === undefined ? null : bytes / MEGABYTE;
}

function poolText(pool: Row['scenario']['pool']): string {
  return pool === 'thread' ? 'thread pool' : 'process pool';
}

function workersText(count: number): string {
  return count === 1 ? '1 worker' : `${count} workers`;
}
