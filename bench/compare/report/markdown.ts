import type { CompareRun } from '../result.js';
import { circumstances } from './circumstances.js';
import { duel } from './duel.js';
import { findingsOf, missingScenarios } from './findings.js';
import { remakeCommand } from './names.js';
import type { Row } from './row.js';
import { outcomesTable, publishedTable, ratioTable, type Table, totalsTable } from './tables.js';

/** The report as a Markdown page; the charts are in the HTML page beside it. */
export function markdownReport(run: CompareRun, rows: readonly Row[], name: string): string {
  const missing = missingScenarios(rows);
  return [
    '# The old protocol and the streaming one, scenario by scenario',
    '',
    cellText(circumstances(run)),
    `[${name}.html](${name}.html) has the same with charts, [${name}.csv](${name}.csv) all figures.`,
    '',
    '```sh',
    run.command,
    remakeCommand(name),
    '```',
    '',
    '## In short',
    '',
    ...findingsOf(run, rows).flatMap(({ question, verdict, sentences, list }) => [
      `**${question}** ${verdict}. ${cellText(sentences.join(' '))}`,
      '',
      ...(list.length === 0 ? [] : [...list.map((line) => `- ${cellText(line)}`), '']),
    ]),
    table(totalsTable(rows)),
    '## Time ratio, old architecture : streaming',
    '',
    'Columns are server workers; above 1, streaming is faster. `> x`: the rival was stopped. Empty: not run.',
    '',
    table(ratioTable(duel(rows, 'old'))),
    '## Time ratio, old protocol on this server : streaming',
    '',
    table(ratioTable(duel(rows, 'legacy'))),
    '## Beside the published rows',
    '',
    'The published rows are those of `docs/comparison/published-results.csv`. "old" is the old architecture, "old here" the old protocol on this server; MB are 1,048,576 bytes.',
    '',
    table(publishedTable(rows)),
    details('Everything measured', table(outcomesTable(rows))),
    ...(missing.length === 0 ? [] : [details(`Not run: ${missing.length} scenarios`, `${missing.join(', ')}\n`)]),
  ].join('\n');
}

function table({ groups, header, rows, labels }: Table): string {
  const top = groups.flatMap(([title, columns]) => [title, ...Array<string>(columns - 1).fill('')]);
  return [
    line(top),
    `|${header.map((_, column) => (column < labels ? '---|' : '--:|')).join('')}`,
    line(header),
    ...rows.map(line),
    '',
  ].join('\n');
}

function line(cells: readonly string[]): string {
  return `| ${cells.map(cellText).join(' | ')} |`;
}

/** What programs said may hold anything. */
function cellText(text: string): string {
  return text.replaceAll(/[\\|<*_`[\]]/g, '\\$&').replaceAll(/\s+/g, ' ');
}

function details(title: string, content: string): string {
  return `<details><summary>${title}</summary>\n\n${content}\n</details>\n`;
}
