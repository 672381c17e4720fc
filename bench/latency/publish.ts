import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { latencyMarkdown } from './report.js';
import type { LatencyResult } from './result.js';
import { windowChart } from './window-chart.js';

const BEGIN = '<!-- latency:begin -->';
const END = '<!-- latency:end -->';

export interface Publication {
  readonly json?: string;
  /** The credit windows. */
  readonly svg?: string;
  /** A page with the marks of this benchmark: what is between them is replaced. */
  readonly report?: string;
}

/** Throws unless the page can be replaced later: that would be missed an hour too late. */
export function checkPublication({ report }: Publication): void {
  if (report !== undefined) splitPage(report);
}

export function publish(result: LatencyResult, { json, svg, report }: Publication): void {
  if (json !== undefined) write(json, `${JSON.stringify(result, null, 2)}\n`);
  if (svg !== undefined) write(svg, windowChart(result.windows, result.rate));
  if (report === undefined) return;
  const [before, after] = splitPage(report);
  const chart = svg === undefined ? undefined : relative(dirname(report), svg);
  writeFileSync(report, `${before}\n\n${latencyMarkdown(result, chart)}\n\n${after}`);
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function splitPage(path: string): [string, string] {
  const page = readFileSync(path, 'utf8');
  const start = page.indexOf(BEGIN);
  const stop = page.indexOf(END, start);
  if (start < 0 || stop < 0) throw new Error(`${path} has no ${BEGIN} and ${END}`);
  return [page.slice(0, start + BEGIN.length), page.slice(stop)];
}
