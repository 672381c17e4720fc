import { aligned } from '../table.js';

/** A table that is shown on a terminal and on a page: its first column to the left, numbers to the right. */
export interface Grid {
  readonly title: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export function gridText({ title, header, rows }: Grid): string {
  return [title, ...aligned([header, ...rows]), ''].join('\n');
}

export function gridMarkdown({ title, header, rows }: Grid): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = `|---|${'--:|'.repeat(header.length - 1)}`;
  return [`### ${title}`, '', row(header), rule, ...rows.map(row), ''].join('\n');
}
