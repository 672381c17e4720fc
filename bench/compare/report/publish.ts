import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CompareRun } from '../result.js';
import { csv } from './csv.js';
import { htmlReport } from './html.js';
import { markdownReport } from './markdown.js';
import { rowsOf } from './row.js';

export interface Place {
  /** A folder; made if it isn't there. */
  readonly out: string;
  /** Of the files, without an ending. */
  readonly name: string;
}

/**
 * Writes NAME.md, NAME.csv, NAME.html, and NAME.json: the run itself, so that the report can be made again.
 * @returns the paths
 */
export async function publish(run: CompareRun, { out, name }: Place): Promise<string[]> {
  const rows = rowsOf(run);
  const pages = {
    md: markdownReport(run, rows, name),
    csv: csv(rows),
    html: await htmlReport(run, rows, name),
    json: `${JSON.stringify(run, null, 2)}\n`,
  };
  mkdirSync(out, { recursive: true });
  return Object.entries(pages).map(([ending, text]) => {
    const path = join(out, `${name}.${ending}`);
    writeFileSync(path, text);
    return path;
  });
}
