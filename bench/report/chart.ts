import type { TopLevelSpec } from 'vega-lite';
import { LIGHT, PALETTE } from './palette.js';
import { escaped } from './text.js';

/** A chart in Vega-Lite, without what all charts share. Colours are those of `LIGHT`. */
export type ChartSpec = TopLevelSpec;

/**
 * Draws a chart as SVG text, with libraries that are loaded only now, the same for the same specification: no ids (so no clip and no gradient), no fonts measured, two decimals.
 * Its colours are the light ones; `DARK_STYLE` turns them for readers who prefer dark.
 * @param description for those who can't see it
 */
export async function drawChart(spec: ChartSpec, description: string): Promise<string> {
  const [{ parse, View }, { compile }] = await Promise.all([import('vega'), import('vega-lite')]);
  const { spec: compiled } = compile({ ...spec, background: 'transparent' }, { config: CONFIG });
  const view = new View(parse(compiled), { renderer: 'none' });
  const svg = await view.toSVG();
  view.finalize();
  return svg
    .replace(' xmlns:xlink="http://www.w3.org/1999/xlink" version="1.1"', '')
    .replace(' class="marks"', ` role="img" aria-label="${escaped(description)}"`)
    .replaceAll(/ (d|transform|width|height|x|y|x2|y2)="[^"]*"/g, (attribute) =>
      attribute.replaceAll(/\d+\.\d{3,}/g, (number) => String(Number(Number(number).toFixed(2)))),
    )
    .concat('\n');
}

/** The same as a file of its own, which brings its dark colours along. */
export async function drawChartFile(spec: ChartSpec, description: string): Promise<string> {
  const svg = await drawChart(spec, description);
  return svg.replace('>', `><style>${DARK_STYLE}</style>`);
}

/** Attribute selectors win over the attributes themselves; paper stays light. */
export const DARK_STYLE = `
  @media screen and (prefers-color-scheme: dark) {${Object.values(PALETTE)
    .map(
      ({ light, dark }) => `
    [fill="${light}"] { fill: ${dark}; } [stroke="${light}"] { stroke: ${dark}; }`,
    )
    .join('')}
  }
`;

const CONFIG: NonNullable<ChartSpec['config']> = {
  aria: false,
  font: 'system-ui, sans-serif',
  view: { stroke: null },
  text: { fill: LIGHT.ink },
  axis: {
    labelColor: LIGHT.ink,
    labelFontSize: 11,
    titleColor: LIGHT.soft,
    titleFontSize: 11,
    titleFontWeight: 'normal',
    gridColor: LIGHT.grid,
    domainColor: LIGHT.line,
    tickColor: LIGHT.line,
  },
  header: { labelColor: LIGHT.ink, labelFontSize: 12, labelFontWeight: 'bold', title: null },
  legend: {
    orient: 'top',
    direction: 'horizontal',
    title: null,
    labelColor: LIGHT.ink,
    labelFontSize: 12,
    labelLimit: 400,
    symbolStrokeWidth: 2,
    symbolOpacity: 1,
    columnPadding: 24,
  },
};
