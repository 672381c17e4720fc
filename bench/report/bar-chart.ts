/** One group of bars, with a scale of its own. */
export interface Panel {
  readonly title: string;
  readonly unit: string;
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

const WIDTH = 860;
const LABELS = 250;
const VALUES = 70;
const ROW = 22;
const BAR = 14;
const TITLE = 40;

/** Readable on white and on black: the page's colours aren't known, an <img> only sees what the reader prefers. */
const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #1f2328; }
  .title { font-weight: 600; font-size: 13px; }
  .own { fill: #1f6feb; }
  .other { fill: #9aa4af; }
  .spread { stroke: #1f2328; stroke-width: 1.2; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .own { fill: #4493f8; }
    .other { fill: #6e7681; }
    .spread { stroke: #e6edf3; }
  }`;

/**
 * Horizontal bars in groups, as an SVG document. Written by hand: what is drawn here takes a page of code, a charting library would bring
 * thirty packages.
 */
export function barChart(panels: readonly Panel[]): string {
  let top = 0;
  const body = panels.map((panel) => {
    const drawn = drawPanel(panel, top);
    top += TITLE + panel.bars.length * ROW;
    return drawn;
  });
  const height = top + 12;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`,
    `<style>${STYLE}\n</style>`,
    ...body,
    '</svg>',
    '',
  ].join('\n');
}

function drawPanel({ title, unit, bars }: Panel, top: number): string {
  const greatest = Math.max(...bars.map(({ max }) => max), Number.MIN_VALUE);
  const x = (value: number): string => (LABELS + (value / greatest) * (WIDTH - LABELS - VALUES)).toFixed(1);
  const rows = bars.flatMap(({ label, value, min, max, kind }, index) => {
    const y = top + TITLE + index * ROW;
    const middle = y + BAR / 2;
    return [
      `<text x="${LABELS - 8}" y="${middle + 4}" text-anchor="end">${escaped(label)}</text>`,
      `<rect class="${kind}" x="${LABELS}" y="${y}" width="${(Number(x(value)) - LABELS).toFixed(1)}" height="${BAR}" rx="2"/>`,
      `<path class="spread" d="M${x(min)} ${middle}H${x(max)}"/>`,
      `<text x="${(Number(x(max)) + 6).toFixed(1)}" y="${middle + 4}">${figureText(value)}</text>`,
    ];
  });
  return [`<text class="title" x="0" y="${top + 26}">${escaped(`${title}, ${unit}`)}</text>`, ...rows].join('\n');
}

/** Three digits are enough to see what is longer. */
function figureText(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3);
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
