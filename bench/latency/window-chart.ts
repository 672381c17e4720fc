import type { Growth } from './result.js';
import type { WindowSample } from './window-watch.js';

const CHUNK = 1_048_576;
const LINES = [
  { kind: 'granted', label: 'granted, not begun to arrive', value: (s: WindowSample) => s.granted },
  { kind: 'flight', label: 'in flight', value: (s: WindowSample) => s.inFlight / CHUNK },
  { kind: 'left', label: 'left with the sender', value: (s: WindowSample) => s.left },
] as const;

const WIDTH = 860;
const LEGEND = 34;
const COLUMNS = 2;
const PANEL = { width: WIDTH / COLUMNS, height: 190, left: 34, right: 12, top: 30, bottom: 26 };

/** Readable on white and on black: the page's colours aren't known, an <img> only sees what the reader prefers. */
const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #1f2328; }
  .title { font-weight: 600; font-size: 13px; }
  .axis { stroke: #9aa4af; stroke-width: 1; fill: none; }
  .line { stroke-width: 1.5; stroke-linejoin: round; fill: none; }
  .granted { stroke: #1f6feb; }
  .flight { stroke: #1a7f37; }
  .left { stroke: #bc4c00; }
  .product { stroke: #57606a; stroke-dasharray: 5 4; fill: none; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .axis { stroke: #6e7681; }
    .granted { stroke: #4493f8; }
    .flight { stroke: #3fb950; }
    .left { stroke: #f0883e; }
    .product { stroke: #9198a1; }
  }`;

/**
 * Credit windows over time, in chunks of 1 MiB, as an SVG document: a panel for each transfer, and in each a dashed line at what the line itself
 * holds in one round trip.
 * @param rate bytes per second
 */
export function windowChart(growths: readonly Growth[], rate: number): string {
  const rows = Math.ceil(growths.length / COLUMNS);
  const height = LEGEND + rows * PANEL.height;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`,
    `<style>${STYLE}\n</style>`,
    legend(),
    ...growths.map((growth, index) => {
      const x = (index % COLUMNS) * PANEL.width;
      const y = LEGEND + Math.floor(index / COLUMNS) * PANEL.height;
      return `<g transform="translate(${x} ${y})">\n${panel(growth, rate)}\n</g>`;
    }),
    '</svg>',
    '',
  ].join('\n');
}

function legend(): string {
  const entries = [...LINES.map(({ kind, label }) => ({ kind: `line ${kind}`, label })), DELAY_PRODUCT];
  return entries
    .map(({ kind, label }, index) => {
      const x = [0, 220, 320, 480][index]!;
      return `<path class="${kind}" d="M${x} 14h22"/><text x="${x + 28}" y="18">${label}</text>`;
    })
    .join('\n');
}

const DELAY_PRODUCT = { kind: 'product', label: 'bandwidth × round trip (chunks of 1 MiB)' };

function panel({ roundTrip, direction, samples }: Growth, rate: number): string {
  const product = (rate * roundTrip) / 1000 / CHUNK;
  const end = Math.max(...samples.map(({ ms }) => ms), 1);
  const most = Math.max(product, ...samples.flatMap((sample) => LINES.map(({ value }) => value(sample))), 1);
  const top = Math.ceil(most / 4) * 4;
  const [right, bottom] = [PANEL.width - PANEL.right, PANEL.height - PANEL.bottom];
  const x = (ms: number): string => (PANEL.left + (ms / end) * (right - PANEL.left)).toFixed(1);
  const y = (chunks: number): string => (bottom - (chunks / top) * (bottom - PANEL.top)).toFixed(1);
  const marks = [0, top / 2, top].map(
    (chunks) => `<text x="${PANEL.left - 6}" y="${Number(y(chunks)) + 4}" text-anchor="end">${chunks}</text>`,
  );
  const seconds = [0, end / 2, end].map(
    (ms) => `<text x="${x(ms)}" y="${bottom + 16}" text-anchor="middle">${(ms / 1000).toFixed(1)}</text>`,
  );
  return [
    `<text class="title" x="${PANEL.left}" y="18">${direction}, round trip ${roundTrip} ms (s)</text>`,
    `<path class="axis" d="M${PANEL.left} ${PANEL.top}V${bottom}H${right}"/>`,
    ...marks,
    ...seconds,
    ...(product > 0 ? [`<path class="product" d="M${PANEL.left} ${y(product)}H${right}"/>`] : []),
    ...LINES.map(({ kind, value }) => {
      const points = withoutRepeats(samples, value).map((sample) => `${x(sample.ms)} ${y(value(sample))}`);
      return `<path class="line ${kind}" d="M${points.join('L')}"/>`;
    }),
  ].join('\n');
}

/** Leaves out what is the same as before and after: a page needn't carry hundreds of points of one level. */
function withoutRepeats(samples: readonly WindowSample[], value: (sample: WindowSample) => number): WindowSample[] {
  return samples.filter((sample, index) => {
    const [before, after] = [samples[index - 1], samples[index + 1]];
    return before === undefined || after === undefined || [before, after].some((it) => value(it) !== value(sample));
  });
}
