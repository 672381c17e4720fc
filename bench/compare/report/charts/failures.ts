import type { ChartSpec } from '../../../report/chart.js';
import { LIGHT } from '../../../report/palette.js';
import { CONTESTANTS } from '../../result.js';
import { COUNTS, OPERATIONS } from '../../scenario.js';
import { wasStopped } from '../ratio.js';
import type { Row } from '../row.js';
import { seriesName } from './contestants.js';

const SERIES = ['published', ...CONTESTANTS] as const;
const ENDS = ['succeeded', 'stopped with its scenario', 'failed'] as const;

/** How the clients ended, in shares: a panel for each operation and number of clients. */
export function failuresChart(rows: readonly Row[]): ChartSpec {
  const counts = points(rows);
  return {
    data: { values: counts },
    facet: {
      row: { field: 'operation', sort: [...OPERATIONS] },
      column: { field: 'clients', sort: COUNTS.map(clientsText) },
    },
    spacing: { row: 16, column: 96 },
    spec: {
      width: 160,
      height: { step: 24 },
      encoding: {
        y: {
          field: 'series',
          type: 'nominal',
          sort: SERIES.map(seriesName),
          axis: { title: null, domain: false, ticks: false, labelLimit: 400 },
        },
      },
      layer: [
        {
          mark: { type: 'bar', height: 14 },
          encoding: {
            x: {
              field: 'share',
              type: 'quantitative',
              stack: 'zero',
              scale: { domain: [0, 1] },
              axis: { title: null, format: '%', values: [0, 0.5, 1], grid: false },
            },
            color: {
              field: 'end',
              type: 'nominal',
              scale: { domain: [...ENDS], range: [LIGHT.step3, LIGHT.grey, LIGHT.red] },
              legend: { symbolType: 'square', symbolStrokeWidth: 0 },
            },
            order: { field: 'order', type: 'quantitative' },
          },
        },
        {
          transform: [{ filter: "datum.end === 'succeeded'" }],
          mark: { type: 'text', align: 'left', dx: 6, fontSize: 11 },
          encoding: { x: { datum: 1, type: 'quantitative' }, text: { field: 'label' } },
        },
      ],
    },
  };
}

function points(rows: readonly Row[]): object[] {
  return OPERATIONS.flatMap((operation) =>
    COUNTS.flatMap((clients) => {
      const here = rows.filter(({ scenario }) => scenario.operation === operation && scenario.clients === clients);
      return SERIES.flatMap((series) => {
        const [succeeded, stopped, failed] = here.map((row) => endsOf(row, series)).reduce(add, [0, 0, 0]);
        const all = succeeded + stopped + failed;
        if (all === 0) return [];
        return [succeeded, stopped, failed].map((count, order) => ({
          operation,
          clients: clientsText(clients),
          series: seriesName(series),
          end: ENDS[order],
          order,
          share: count / all,
          label: stopped + failed === 0 ? `0 of ${all}` : `${stopped + failed} of ${all}`,
        }));
      });
    }),
  );
}

type Ends = readonly [succeeded: number, stopped: number, failed: number];

function endsOf({ published, outcomes }: Row, series: (typeof SERIES)[number]): Ends {
  if (series === 'published') return [published.clientSuccesses, 0, published.clientFailures];
  const outcome = outcomes[series];
  if (outcome === undefined) return [0, 0, 0];
  const { clientSuccesses, clientFailures } = outcome;
  return wasStopped(outcome) ? [clientSuccesses, clientFailures, 0] : [clientSuccesses, 0, clientFailures];
}

function add(a: Ends, b: Ends): Ends {
  return [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
}

function clientsText(count: number): string {
  return count === 1 ? '1 client' : `${count} clients`;
}
