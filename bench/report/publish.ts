import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, extname, relative } from 'node:path';
import type { PeersResult } from '../peers.js';
import type { Result } from '../result.js';
import { barChart } from './bar-chart.js';
import { markdown } from './markdown.js';

export interface Publication {
  /** A page with `<!-- peers:begin -->` and `<!-- peers:end -->`: what is between them is replaced. */
  readonly report?: string;
  /** `charts/peers.svg` makes `charts/peers-one.svg` and so on, one for each work. */
  readonly svg?: string;
}

/** Writes the charts, and the page that shows them. */
export async function publish(result: PeersResult, { report, svg }: Publication): Promise<void> {
  const charts = new Map<string, string>();
  if (svg !== undefined) {
    const extension = extname(svg);
    const stem = svg.slice(0, svg.length - extension.length);
    for (const work of new Set(result.results.map(({ bench }) => bench))) {
      const path = `${stem}-${work}${extension || '.svg'}`;
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, await chartOf(result.results.filter(({ bench }) => bench === work)));
      if (report !== undefined) charts.set(work, relative(dirname(report), path));
    }
  }
  if (report !== undefined) {
    writeFileSync(report, replaceSection(readFileSync(report, 'utf8'), 'peers', markdown(result, charts)));
  }
}

/** @throws if the page lacks the marks */
export function replaceSection(page: string, name: string, text: string): string {
  const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
  const start = page.indexOf(begin);
  const stop = page.indexOf(end, start);
  if (start < 0 || stop < 0) throw new Error(`the page has no ${begin} and ${end}`);
  return `${page.slice(0, start + begin.length)}\n\n${text.trim()}\n\n${page.slice(stop)}`;
}

/** One result of several runs: each race is that of the last run that had it. */
export function merge(runs: readonly PeersResult[]): PeersResult {
  const races = new Map<string, Result>();
  for (const { results } of runs) for (const race of results) races.set(`${race.title} ${race.place}`, race);
  return {
    ...runs.at(-1)!,
    notes: [...new Set(runs.flatMap(({ notes }) => notes))],
    hasFailed: runs.some(({ hasFailed }) => hasFailed),
    results: [...races.values()],
  };
}

function chartOf(results: readonly Result[]): Promise<string> {
  return barChart(
    results.map(({ title, place, unit, sides }) => ({
      title: `${title} (${place})`,
      unit,
      bars: sides.map(({ name, figure }) => ({
        label: name,
        value: figure.median,
        min: figure.min,
        max: figure.max,
        kind: name.startsWith('sluice') ? 'own' : 'other',
      })),
    })),
  );
}
