import type { LatencyResult, Race } from './result.js';

/** The result for people: a line for each contestant, a block for each race. */
export function latencyTable(result: LatencyResult): string {
  const races = result.races.map(({ title, roundTrip, unit, lanes }) => {
    const rows = [['', unit, 'min', 'max', 'seconds', '× bare'], ...lanes.map((lane) => cells(lane))];
    const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
    const lines = rows.map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
        .join('  ')
        .trimEnd(),
    );
    return [`${title}, round trip ${roundTrip} ms`, ...lines, ''].join('\n');
  });
  return [`latency: ${preamble(result)}`, '', ...races, ...result.notes, ''].join('\n');
}

/** @param chart the picture of the windows, as a path from the page */
export function latencyMarkdown(result: LatencyResult, chart: string | undefined): string {
  const titles = [...new Set(result.races.map(({ title }) => title))];
  return [
    `Measured on ${result.date.slice(0, 10)}: ${preamble(result)}.`,
    ...result.notes.map((note) => `\n${note}.`),
    ...titles.flatMap((title) =>
      section(
        title,
        result.races.filter((race) => race.title === title),
      ),
    ),
    ...(chart === undefined ? [] : ['', '### The credit window', '', `![credit windows over time](${chart})`]),
    '',
    '<details><summary>Who runs</summary>',
    '',
    ...Object.entries(result.commands).map(([name, command]) => `- ${name}: \`${command}\``),
    '',
    '</details>',
  ].join('\n');
}

function section(title: string, races: readonly Race[]): string[] {
  const { unit } = races[0]!;
  return [
    '',
    `### ${title}`,
    '',
    `| round trip | | ${unit} | min | max | seconds | × bare |`,
    '|---|---|--:|--:|--:|--:|--:|',
    ...races.flatMap(({ roundTrip, lanes }) =>
      lanes.map((lane, index) => `| ${index === 0 ? `${roundTrip} ms` : ''} | ${cells(lane).join(' | ')} |`),
    ),
  ];
}

function cells({ name, rate, seconds, ratio, files }: Race['lanes'][number]): string[] {
  const middle = [...seconds].sort((a, b) => a - b)[seconds.length >> 1]!;
  return [
    name,
    number(rate.median),
    number(rate.min),
    number(rate.max),
    `${middle.toFixed(2)}${files > 1 ? ` (${files} files)` : ''}`,
    ratio === null ? '-' : ratio.toFixed(2),
  ];
}

function number(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(1);
}

function preamble({ machine, rounds, rate }: LatencyResult): string {
  const { cores, cpu, node, system } = machine;
  const speed = `${(rate * 8) / 1e9} Gbit/s each way`;
  return `${rounds} rounds, ${speed}; ${cores} cores, ${cpu}, Node ${node.slice(1)}, ${system}`;
}
