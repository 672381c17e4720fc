import type { ChartSpec } from '../../report/chart.js';
import { failuresChart } from './charts/failures.js';
import { heatMap } from './charts/heat-map.js';
import { memoryChart } from './charts/memory.js';
import { publishedChart } from './charts/published.js';
import { throughputChart } from './charts/throughput.js';
import { duel } from './duel.js';
import type { Row } from './row.js';

export interface Figure {
  readonly title: string;
  readonly caption: string;
  readonly chart: ChartSpec;
}

/** The charts of the report, in its order. */
export function figuresOf(rows: readonly Row[]): Figure[] {
  return [
    {
      title: 'Time ratio, old architecture : streaming',
      caption:
        'Every scenario of the matrix. Above 1, streaming is faster. > x: the old architecture was stopped, and would have taken longer. Empty: not run.',
      chart: heatMap(duel(rows, 'old')),
    },
    {
      title: 'Time ratio, old protocol on this server : streaming',
      caption: 'The same server and the same workers; only the protocol differs.',
      chart: heatMap(duel(rows, 'legacy')),
    },
    {
      title: 'Throughput by number of clients',
      caption:
        'Content of all clients together, in 1,048,576 bytes a second; both axes by ratio. The line is the median over the six kinds of server (1, 5, 50 workers; threads, processes), the band their range. Only scenarios that ended with no failed client and every file whole are in it.',
      chart: throughputChart(rows),
    },
    {
      title: "The server's peak memory",
      caption:
        'All its processes together, by how much the clients move at once: two points of a kind are UPLOAD and DOWNLOAD. The dashed line is the bound of the streaming server: its slab + 150 MiB + what the idle server with as many workers takes.',
      chart: memoryChart(rows),
    },
    {
      title: 'Clients that failed',
      caption:
        'Of all clients in the scenarios that were run; the published rows are of the whole matrix. The figure is of those that did not succeed.',
      chart: failuresChart(rows),
    },
    {
      title: 'Against the published times',
      caption:
        'Average time of the clients, a point for each scenario in which any succeeded and that was not stopped. Below the dashed line, it took less time here than was published; the machines were different ones.',
      chart: publishedChart(rows),
    },
  ];
}
