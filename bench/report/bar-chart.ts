import { type ChartSpec, drawChartFile } from './chart.js';
import { LIGHT } from './palette.js';
import { figureText } from './text.js';

/** One group of bars, with a scale of its own. */
export interface Panel {
  readonly title: string;
  readonly unit: string;
  /** Their labels differ. */
  readonly bars: readonly Bar[];
}

export interface Bar {
  readonly label: string;
  /** The length of the bar. */
  readonly value: number;
  /** The ends of the line over it. */
  readonly min: number;
  readonly max: number;
  readonly kind: 'own' | 'other';
}

/** Pixels. The greatest `max` of a panel takes the whole length. */
const LENGTH = 540;
const LABELS = 250;
const ROW = 22;
const BAR = 14;

/** Horizontal bars in groups, as an SVG document. */
export async function barChart(panels: readonly Panel[]): Promise<string> {
  const description = panels.map(({ title, unit }) => `${title}, ${unit}`).join('; ');
  return drawChartFile({ vconcat: panels.map(panelSpec), spacing: 12 }, description);
}

type PanelSpec = Extract<ChartSpec, { vconcat: unknown }>['vconcat'][number];

function panelSpec({ title, unit, bars }: Panel): PanelSpec {
  const greatest = Math.max(...bars.map(({ max }) => max), Number.MIN_VALUE);
  return {
    title: { text: `${title}, ${unit}`, anchor: 'start', frame: 'bounds', color: LIGHT.ink, fontSize: 13, offset: 8 },
    data: { values: bars.map((bar) => ({ ...bar, text: figureText(bar.value) })) },
    width: LENGTH,
    height: { step: ROW },
    encoding: {
      y: {
        field: 'label',
        type: 'nominal',
        sort: null,
        axis: {
          title: null,
          domain: false,
          ticks: false,
          labelFontSize: 12,
          labelLimit: 2 * LABELS,
          minExtent: LABELS,
          maxExtent: LABELS,
        },
      },
    },
    layer: [
      {
        mark: { type: 'bar', height: BAR },
        encoding: {
          x: { field: 'value', type: 'quantitative', scale: { domain: [0, greatest] }, axis: null },
          color: {
            field: 'kind',
            type: 'nominal',
            scale: { domain: ['own', 'other'], range: [LIGHT.blue, LIGHT.line] },
            legend: null,
          },
        },
      },
      {
        mark: { type: 'rule', strokeWidth: 1.2, color: LIGHT.ink },
        encoding: { x: { field: 'min', type: 'quantitative' }, x2: { field: 'max' } },
      },
      {
        mark: { type: 'text', align: 'left', dx: 6, fontSize: 12 },
        encoding: { x: { field: 'max', type: 'quantitative' }, text: { field: 'text' } },
      },
    ],
  };
}
