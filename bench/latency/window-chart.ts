import { type ChartSpec, drawChartFile } from '../report/chart.js';
import { LIGHT } from '../report/palette.js';
import type { Growth } from './result.js';
import type { WindowSample } from './window-watch.js';

const CHUNK = 1_048_576;
const LINES = [
  { label: 'granted, not begun to arrive', colour: LIGHT.blue, value: (s: WindowSample) => s.granted },
  { label: 'in flight', colour: LIGHT.green, value: (s: WindowSample) => s.inFlight / CHUNK },
  { label: 'left with the sender', colour: LIGHT.orange, value: (s: WindowSample) => s.left },
] as const;
const PRODUCT = { label: 'bandwidth × round trip', colour: LIGHT.soft };
const SERIES = [...LINES, PRODUCT];

/** Pixels. */
const PANEL = { width: 360, height: 134 };

/**
 * Credit windows over time, in chunks of 1 MiB, as an SVG document: a panel for each transfer, and in each a dashed line at what the line itself
 * holds in one round trip.
 * @param rate bytes per second
 */
export async function windowChart(growths: readonly Growth[], rate: number): Promise<string> {
  return drawChartFile(
    { concat: growths.map((growth) => panelSpec(growth, rate)), columns: 2, spacing: 24 },
    'Credit windows over time, in chunks of 1 MiB',
  );
}

type PanelSpec = Extract<ChartSpec, { concat: unknown }>['concat'][number];

function panelSpec({ roundTrip, direction, samples }: Growth, rate: number): PanelSpec {
  const product = (rate * roundTrip) / 1000 / CHUNK;
  const end = Math.max(...samples.map(({ ms }) => ms), 1) / 1000;
  const points = LINES.flatMap(({ label, value }) =>
    withoutRepeats(samples, value).map((sample) => ({ label, seconds: sample.ms / 1000, chunks: value(sample) })),
  );
  const most = Math.max(product, ...points.map(({ chunks }) => chunks), 1);
  const level = product === 0 ? [] : [0, end].map((seconds) => ({ label: PRODUCT.label, seconds, chunks: product }));
  const labels = SERIES.map(({ label }) => label);
  return {
    title: { text: `${direction}, round trip ${roundTrip} ms`, anchor: 'start', color: LIGHT.ink, fontSize: 13 },
    data: { values: [...level, ...points] },
    ...PANEL,
    mark: { type: 'line', strokeWidth: 1.5, strokeJoin: 'round' },
    encoding: {
      x: {
        field: 'seconds',
        type: 'quantitative',
        scale: { domain: [0, end], nice: false },
        axis: { title: 's', tickCount: 4, grid: false },
      },
      y: {
        field: 'chunks',
        type: 'quantitative',
        scale: { domain: [0, Math.ceil(most / 4) * 4], nice: false },
        axis: { title: 'MiB', tickCount: 4 },
      },
      color: {
        field: 'label',
        type: 'nominal',
        scale: { domain: labels, range: SERIES.map(({ colour }) => colour) },
        legend: { symbolType: 'stroke' },
      },
      strokeDash: {
        field: 'label',
        type: 'nominal',
        scale: { domain: labels, range: SERIES.map((series) => (series === PRODUCT ? [5, 4] : [1, 0])) },
      },
    },
  };
}

/** Leaves out what is the same as before and after: a page needn't carry hundreds of points of one level. */
function withoutRepeats(samples: readonly WindowSample[], value: (sample: WindowSample) => number): WindowSample[] {
  return samples.filter((sample, index) => {
    const [before, after] = [samples[index - 1], samples[index + 1]];
    return before === undefined || after === undefined || [before, after].some((it) => value(it) !== value(sample));
  });
}
