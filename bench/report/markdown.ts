import type { PeersResult } from '../peers.js';
import type { Result } from '../result.js';
import { columnGroups, figureCells, HEADER, machineLine, ratioCells, rivalsOf } from '../table.js';

/**
 * The result as a section of a Markdown page: for each kind of work its chart, the figures, the ratios, the command lines.
 * @param charts the chart of each work, as a path from the page
 */
export function markdown({ date, machine, notes, results }: PeersResult, charts: ReadonlyMap<string, string>): string {
  const works = new Set(results.map(({ bench }) => bench));
  return [
    `Measured on ${date.slice(0, 10)}: ${machineLine(machine)}.`,
    ...notes.map((note) => `\n${note}`),
    ...[...works].flatMap((work) => [
      '',
      ...(charts.has(work) ? [`![${work}](${charts.get(work)!})`, ''] : []),
      ...results.filter(({ bench }) => bench === work).map(section),
    ]),
  ].join('\n');
}

function section(result: Result): string {
  const { title, place, rounds, sides, dir } = result;
  const rivals = rivalsOf(result);
  const compared = sides.filter(({ ratios }) => Object.keys(ratios).length > 0);
  const groups = columnGroups(result).flatMap(([title, columns]) => [title, ...Array<string>(columns - 1).fill('')]);
  const lines = sides.flatMap(({ name, commands }) =>
    [commands.server, commands.client]
      .filter((line) => line !== undefined)
      .map((line, index) => `${index === 0 ? `# ${name}\n` : ''}${line.replaceAll(dir, '$DIR')}`),
  );
  return [
    `### ${title} (${place === 'memory' ? 'in memory' : 'on the disk'})`,
    '',
    `${rounds} rounds.`,
    '',
    row('', groups),
    rule(groups.length),
    row('', HEADER.slice(1)),
    ...sides.map((side) => row(side.name, figureCells(side, result))),
    '',
    ...(compared.length === 0
      ? []
      : [
          row(
            'ratio',
            rivals.map((name) => `× ${name}`),
          ),
          rule(rivals.length),
          ...compared.map((side) => row(side.name, ratioCells(side, rivals))),
          '',
        ]),
    '<details><summary>Command lines</summary>',
    '',
    '```sh',
    ...lines,
    '```',
    '',
    '</details>',
    '',
  ].join('\n');
}

function row(name: string, cells: readonly string[]): string {
  return `| ${[name, ...cells].join(' | ')} |`;
}

function rule(columns: number): string {
  return `|---|${'--:|'.repeat(columns)}`;
}
