import t from 'tap';
import { missingProgram } from '../../bench/peers/programs.js';
import type { PeersResult } from '../../bench/peers.js';
import { barChart, type Panel } from '../../bench/report/bar-chart.js';
import { merge, replaceSection } from '../../bench/report/publish.js';
import type { Result } from '../../bench/result.js';

t.test('a chart', async (t) => {
  const panels: Panel[] = [
    {
      title: 'put <one>',
      unit: 'GiB/s',
      bars: [
        { label: 'own & fast', value: 2, min: 1, max: 4, kind: 'own' },
        { label: 'other', value: 1, min: 1, max: 1, kind: 'other' },
      ],
    },
  ];
  const svg = await barChart(panels);
  t.match(svg, '>put &lt;one&gt;, GiB/s</text>');
  t.match(svg, '>own &amp; fast</text>');
  t.match(svg, 'aria-label="put &lt;one&gt;, GiB/s"');
  const widths = [...svg.matchAll(/<path[^>]* d="M0,[\d.]+h([\d.]+)[^>]* fill="(#\w+)"/g)].map(([, width, fill]) => [
    fill,
    Number(width),
  ]);
  // 540 wide is the greatest max, 4.
  t.same(widths, [
    ['#1f6feb', 270],
    ['#9aa4af', 135],
  ]);
  t.match(svg, /<line transform="translate\(135,11\)" x2="405" y2="0"/, 'from the least to the greatest');
  t.match(svg, /prefers-color-scheme: dark.*\[fill="#1f6feb"\] \{ fill: #4493f8; \}/s);
  t.equal(await barChart(panels), svg, 'the same each time');
});

t.test('only what is between the marks is replaced', (t) => {
  const page = 'before\n<!-- peers:begin -->\nold\n<!-- peers:end -->\nafter\n';
  const replaced = 'before\n<!-- peers:begin -->\n\nnew\n\n<!-- peers:end -->\nafter\n';
  t.equal(replaceSection(page, 'peers', 'new\n'), replaced);
  t.equal(replaceSection(replaced, 'peers', 'new'), replaced);
  t.throws(() => replaceSection(page, 'latency', 'new'), /no <!-- latency:begin -->/);
  t.throws(() => replaceSection('<!-- peers:end --><!-- peers:begin -->', 'peers', 'new'));
  t.end();
});

t.test('of several runs, the last one of each race counts', (t) => {
  const race = (title: string, rounds: number): Result => ({ title, place: 'memory', rounds }) as Result;
  const run = (notes: string[], results: Result[]): PeersResult =>
    ({ notes, results, hasFailed: false }) as unknown as PeersResult;
  const merged = merge([run(['x'], [race('a', 1), race('b', 1)]), run(['x', 'y'], [race('b', 2)])]);
  t.same(
    merged.results.map(({ title, rounds }) => [title, rounds]),
    [
      ['a', 1],
      ['b', 2],
    ],
  );
  t.same(merged.notes, ['x', 'y']);
  t.end();
});

t.test('a program that is not installed', (t) => {
  t.equal(missingProgram('no-such-program', 'nothing'), 'no-such-program is not installed (Debian: nothing)');
  t.equal(missingProgram('sh', 'dash'), undefined);
  t.end();
});
