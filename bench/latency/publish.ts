import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { replaceSection } from '../report/publish.js';
import { latencyMarkdown } from './report.js';
import type { LatencyResult } from './result.js';
import { windowChart } from './window-chart.js';

/** The name of this benchmark's marks. */
const SECTION = 'latency';

export interface Publication {
  readonly json?: string;
  /** The credit windows. */
  readonly svg?: string;
  /** A page with the marks of this benchmark: what is between them is replaced. */
  readonly report?: string;
}

/** Throws unless the page can be replaced later: that would be missed an hour too late. */
export function checkPublication({ report }: Publication): void {
  if (report !== undefined) replaceSection(readFileSync(report, 'utf8'), SECTION, '');
}

export async function publish(result: LatencyResult, { json, svg, report }: Publication): Promise<void> {
  if (json !== undefined) write(json, `${JSON.stringify(result, null, 2)}\n`);
  if (svg !== undefined) write(svg, await windowChart(result.windows, result.rate));
  if (report === undefined) return;
  const chart = svg === undefined ? undefined : relative(dirname(report), svg);
  writeFileSync(report, replaceSection(readFileSync(report, 'utf8'), SECTION, latencyMarkdown(result, chart)));
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
