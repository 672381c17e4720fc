import { drawChart } from '../../report/chart.js';
import { escaped } from '../../report/text.js';
import type { CompareRun } from '../result.js';
import { circumstances } from './circumstances.js';
import { type Figure, figuresOf } from './figures.js';
import { type Finding, findingsOf, missingScenarios } from './findings.js';
import { remakeCommand } from './names.js';
import { PAGE_STYLE } from './page-style.js';
import type { Row } from './row.js';
import { outcomesTable, publishedTable, type Table, totalsTable } from './tables.js';

/** The report as one page that needs nothing else: no script, no font, no picture from anywhere. */
export async function htmlReport(run: CompareRun, rows: readonly Row[], name: string): Promise<string> {
  const findings = findingsOf(run, rows);
  const missing = missingScenarios(rows);
  const figures = await Promise.all(figuresOf(rows).map(figure));
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>Old protocol and streaming, ${escaped(run.date.slice(0, 10))}</title>`,
    `<style>${PAGE_STYLE}</style>`,
    '</head>',
    '<body><main>',
    '<h1>The old protocol and the streaming one, scenario by scenario</h1>',
    `<p class="soft">${escaped(circumstances(run))}</p>`,
    `<div class="cards">${findings.map(card).join('\n')}</div>`,
    '<h2>In short</h2>',
    `<dl class="findings">${findings.map(answer).join('\n')}</dl>`,
    table(totalsTable(rows)),
    ...figures,
    '<h2>Beside the published rows</h2>',
    '<p>“old” is the old architecture, “old here” the old protocol on this server. MB are 1,048,576 bytes, as published.</p>',
    table(publishedTable(rows)),
    `<details><summary>Everything measured</summary>${table(outcomesTable(rows))}</details>`,
    ...(missing.length === 0
      ? []
      : [
          `<details><summary>Not run: ${missing.length} scenarios</summary><p>${escaped(missing.join(', '))}</p></details>`,
        ]),
    '<h2>How it was made</h2>',
    `<pre>${escaped(`${run.command}\n${remakeCommand(name)}`)}</pre>`,
    '</main></body>',
    '</html>',
    '',
  ].join('\n');
}

function card({ question, verdict, tone }: Finding): string {
  return `<div class="card ${tone}"><div class="question">${escaped(question)}</div><div class="verdict">${escaped(verdict)}</div></div>`;
}

function answer({ question, verdict, sentences, list }: Finding): string {
  const items = list.map((line) => `<li>${escaped(line)}</li>`);
  return [
    `<dt>${escaped(question)} ${escaped(verdict)}.</dt>`,
    `<dd>${escaped(sentences.join(' '))}${items.length === 0 ? '' : `<ul>${items.join('\n')}</ul>`}</dd>`,
  ].join('\n');
}

async function figure({ title, caption, chart }: Figure): Promise<string> {
  const svg = await drawChart(chart, `${title}. ${caption}`);
  return `<h2>${escaped(title)}</h2>\n<figure><figcaption>${escaped(caption)}</figcaption>\n${svg}</figure>`;
}

function table({ groups, header, rows, labels }: Table): string {
  const starts = new Set<number>();
  let column = 0;
  for (const [, columns] of groups) {
    if (column > 0) starts.add(column);
    column += columns;
  }
  const attributes = (index: number): string => {
    const names = [...(index < labels ? ['label'] : []), ...(starts.has(index) ? ['first'] : [])];
    return names.length === 0 ? '' : ` class="${names.join(' ')}"`;
  };
  const cells = (tag: 'th' | 'td', row: readonly string[]): string =>
    `<tr>${row.map((cell, index) => `<${tag}${attributes(index)}>${escaped(cell)}</${tag}>`).join('')}</tr>`;
  const top = groups.map(([title, columns]) => `<th colspan="${columns}">${escaped(title)}</th>`).join('');
  return [
    '<div class="table"><table>',
    `<thead><tr class="groups">${top}</tr>`,
    `${cells('th', header)}</thead>`,
    '<tbody>',
    ...rows.map((row) => cells('td', row)),
    '</tbody></table></div>',
  ].join('\n');
}
