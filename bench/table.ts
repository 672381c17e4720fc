import type { Result } from './result.js';

const HEADER = ['', 'min', 'median', 'max', '× naive', 'server', 'client', 'server', 'client'];

/** The result for people: one line for each side, and what the numbers are above. */
export function table({ bench, unit, machine, dir, rounds, sides }: Result): string {
  const rows = sides.map((side) => [
    side.name,
    number(side.rate.min),
    number(side.rate.median),
    number(side.rate.max),
    side.ratio === null ? '-' : side.ratio.toFixed(2),
    number(side.cpuSecondsPerGiB.server),
    number(side.cpuSecondsPerGiB.client),
    mebibytes(side.peakMemory.server),
    mebibytes(side.peakMemory.client),
  ]);
  const widths = HEADER.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd();
  const groups = [
    ' '.repeat(widths[0]!),
    unit.padEnd(span(widths, 1, 4)),
    'CPU s/GiB'.padEnd(span(widths, 5, 6)),
    'peak MiB',
  ].join('  ');
  return [
    `${bench}: ${rounds} rounds after a warm-up, in ${dir}`,
    `${machine.cores} cores, ${machine.cpu}, Node ${machine.node.slice(1)}, ${machine.system}`,
    '',
    groups,
    line(HEADER),
    ...rows.map(line),
    '',
  ].join('\n');
}

function span(widths: readonly number[], first: number, last: number): number {
  return widths.slice(first, last + 1).reduce((sum, width) => sum + width, 2 * (last - first));
}

function number(value: number | null): string {
  if (value === null) return '-';
  return value >= 100 ? value.toFixed(0) : value.toFixed(2);
}

function mebibytes(bytes: number | null): string {
  return bytes === null ? '-' : (bytes / 1024 ** 2).toFixed(0);
}
