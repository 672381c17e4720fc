import type { Machine } from './machine.js';
import type { Result, SideResult } from './result.js';

export const HEADER = ['', 'min', 'median', 'max', 'server', 'client', 'server', 'client', 'server', 'client'];

/** The result for people: one line for each side, then how they compare. */
export function table(result: Result): string {
  const { bench, title, rounds, place, dir, machine } = result;
  return [
    `${bench}: ${title}; ${rounds} rounds after a warm-up, ${place === 'memory' ? 'in memory' : 'on the disk'} (${dir})`,
    machineLine(machine),
    '',
    ...figures(result),
    ...ratioTable(result),
    ...commandLines(result.sides),
    '',
  ].join('\n');
}

export function machineLine({ cores, cpu, memory, node, system }: Machine): string {
  return `${cores} cores, ${cpu}, ${Math.round(memory / 1024 ** 3)} GiB, Node ${node.slice(1)}, ${system}`;
}

/** What the columns of a result show, and how many each has. */
export function columnGroups(result: Result): [title: string, columns: number][] {
  return [
    [result.unit, 3],
    ['CPU s', 2],
    [result.counted === undefined ? 'CPU s/GiB' : `CPU µs/${result.counted}`, 2],
    ['peak MiB', 2],
  ];
}

/** The cells of a side, behind its name. */
export function figureCells(
  { figure, cpuSeconds, cpuSecondsPerGiB, peakMemory }: SideResult,
  result: Result,
): string[] {
  const perUnit = (seconds: number | null): number | null => seconds && (seconds * 1e6) / result.amount;
  const each =
    result.counted === undefined
      ? [cpuSecondsPerGiB.server, cpuSecondsPerGiB.client]
      : [perUnit(cpuSeconds.server), perUnit(cpuSeconds.client)];
  return [
    ...[figure.min, figure.median, figure.max, cpuSeconds.server, cpuSeconds.client].map(numberText),
    ...each.map(numberText),
    ...[peakMemory.server, peakMemory.client].map(mebibytes),
  ];
}

/** Names of the sides that others are compared with, in the order of the sides. */
export function rivalsOf({ sides }: Result): string[] {
  return sides.map(({ name }) => name).filter((name) => sides.some(({ ratios }) => name in ratios));
}

/** The ratios of a side, a cell for each rival. */
export function ratioCells({ ratios }: SideResult, rivals: readonly string[]): string[] {
  return rivals.map((name) => ratios[name]?.toFixed(2) ?? '-');
}

function figures(result: Result): string[] {
  const rows = [HEADER, ...result.sides.map((side) => [side.name, ...figureCells(side, result)])];
  const widths = widthsOf(rows);
  let column = 1;
  const groups = columnGroups(result).map(([title, columns]) => {
    column += columns;
    return title.padEnd(span(widths, column - columns, column - 1));
  });
  return [[' '.repeat(widths[0]!), ...groups].join('  ').trimEnd(), ...aligned(rows)];
}

function ratioTable(result: Result): string[] {
  const rivals = rivalsOf(result);
  const compared = result.sides.filter(({ ratios }) => Object.keys(ratios).length > 0);
  if (compared.length === 0) return [];
  const header = ['', ...rivals.map((name) => `× ${name}`)];
  return ['', ...aligned([header, ...compared.map((side) => [side.name, ...ratioCells(side, rivals)])])];
}

function commandLines(sides: readonly SideResult[]): string[] {
  const lines = sides.flatMap(({ name, commands }) => [
    ...(commands.server === undefined ? [] : [`${name}, server: ${commands.server}`]),
    ...(commands.client === undefined ? [] : [`${name}, client: ${commands.client}`]),
  ]);
  return lines.length === 0 ? [] : ['', ...lines];
}

/** The first column to the left, numbers to the right. */
export function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = widthsOf(rows);
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd(),
  );
}

function widthsOf(rows: readonly (readonly string[])[]): number[] {
  return rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
}

function span(widths: readonly number[], first: number, last: number): number {
  return widths.slice(first, last + 1).reduce((sum, width) => sum + width, 2 * (last - first));
}

export function numberText(value: number | null): string {
  if (value === null) return '-';
  return value >= 100 ? value.toFixed(0) : value.toFixed(2);
}

function mebibytes(bytes: number | null): string {
  return bytes === null ? '-' : (bytes / 1024 ** 2).toFixed(0);
}
