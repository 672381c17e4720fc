import type { ChartSpec } from '../../../report/chart.js';
import { LIGHT } from '../../../report/palette.js';
import { CONTESTANTS } from '../../result.js';
import { OPERATIONS } from '../../scenario.js';
import { comparableAverage } from '../published-average.js';
import type { Row } from '../row.js';
import { seriesName, seriesScales } from './contestants.js';

/** Seconds that both axes show. */
const DOMAIN: [number, number] = [0.005, 10_000];

/** The measured average time of each scenario over the published one; below the line, less time than published. */
export function publishedChart(rows: readonly Row[]): ChartSpec {
  const { colour, shape } = seriesScales(CONTESTANTS);
  const axis = { values: [0.01, 0.1, 1, 10, 100, 1000], format: ',~g', grid: true };
  return {
    data: { values: points(rows) },
    facet: { column: { field: 'operation', sort: [...OPERATIONS] } },
    spacing: 30,
    spec: {
      width: 440,
      height: 320,
      layer: [
        {
          data: { values: DOMAIN.map((seconds) => ({ seconds })) },
          mark: { type: 'line', strokeDash: [5, 4], strokeWidth: 1.2, color: LIGHT.soft },
          encoding: { x: { field: 'seconds', type: 'quantitative' }, y: { field: 'seconds', type: 'quantitative' } },
        },
        {
          mark: { type: 'point', size: 42, filled: false, strokeWidth: 1.4, opacity: 0.9 },
          encoding: {
            x: {
              field: 'published',
              type: 'quantitative',
              scale: { type: 'log', domain: DOMAIN, nice: false },
              axis: { ...axis, title: 'published average time, s' },
            },
            y: {
              field: 'measured',
              type: 'quantitative',
              scale: { type: 'log', domain: DOMAIN, nice: false },
              axis: { ...axis, title: 'measured average time, s' },
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
  return rows.flatMap(({ scenario, published, outcomes }) =>
    CONTESTANTS.flatMap((name) => {
      const measured = comparableAverage(outcomes[name]);
      if (measured === null) return [];
      const { operation } = scenario;
      return [{ operation, contestant: seriesName(name), published: published.averageSeconds, measured }];
    }),
  );
}
