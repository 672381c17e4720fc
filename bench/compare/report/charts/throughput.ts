import type { ChartSpec } from '../../../report/chart.js';
import { LIGHT } from '../../../report/palette.js';
import { spread } from '../../../statistics.js';
import { CONTESTANTS, isClean } from '../../result.js';
import { COUNTS, MEGABYTES, OPERATIONS } from '../../scenario.js';
import type { Row } from '../row.js';
import { seriesName, seriesScales } from './contestants.js';
import { sizeText } from './heat-map.js';

/** MB/s of all clients together by their number: a line at the median over the six kinds of server, a band over their range. What was not clean is not in it. */
export function throughputChart(rows: readonly Row[]): ChartSpec {
  const { colour, shape } = seriesScales(CONTESTANTS);
  return {
    data: { values: points(rows) },
    facet: {
      row: { field: 'operation', sort: [...OPERATIONS] },
      column: { field: 'size', sort: MEGABYTES.map(sizeText) },
    },
    spacing: { row: 22, column: 22 },
    spec: {
      width: 286,
      height: 180,
      encoding: {
        x: {
          field: 'clients',
          type: 'ordinal',
          scale: { type: 'point', domain: [...COUNTS], padding: 0.25 },
          axis: { title: 'clients', labelAngle: 0 },
        },
        y: {
          field: 'median',
          type: 'quantitative',
          scale: { type: 'log', nice: true },
          axis: { title: 'MB/s', grid: true, values: [1, 3, 10, 30, 100, 300, 1000, 3000, 10_000], format: ',~g' },
        },
        color: { field: 'contestant', type: 'nominal', scale: colour },
      },
      layer: [
        {
          mark: { type: 'area', opacity: 0.18, line: false },
          encoding: { y: { field: 'min', type: 'quantitative' }, y2: { field: 'max' } },
        },
        { mark: { type: 'line', strokeWidth: 2 } },
        {
          mark: { type: 'point', filled: true, size: 60, opacity: 1, stroke: LIGHT.ink, strokeWidth: 0 },
          encoding: { shape: { field: 'contestant', type: 'nominal', scale: shape } },
        },
      ],
    },
  };
}

function points(rows: readonly Row[]): object[] {
  return OPERATIONS.flatMap((operation) =>
    MEGABYTES.flatMap((megabytes) =>
      COUNTS.flatMap((clients) =>
        CONTESTANTS.flatMap((contestant) => {
          const rates = rows.flatMap(({ scenario, outcomes }) => {
            const here =
              scenario.operation === operation && scenario.megabytes === megabytes && scenario.clients === clients;
            const outcome = here ? outcomes[contestant] : undefined;
            if (outcome === undefined || !isClean(outcome)) return [];
            return [outcome.aggregateMegabytesPerSecond];
          });
          if (rates.length === 0) return [];
          return [
            { operation, size: sizeText(megabytes), clients, contestant: seriesName(contestant), ...spread(rates) },
          ];
        }),
      ),
    ),
  );
}
