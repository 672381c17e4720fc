import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import t from 'tap';
import type { LatencyResult } from '../../bench/latency/result.js';
import { large } from '../fixtures/large.js';

const MAIN = 'dist/bench/main.js';
if (!existsSync(MAIN)) throw new Error('the benchmarks are not built: npm run build');
const dir = mkdtempSync(join(tmpdir(), 'sluice-latency-test-'));
mkdirSync(join(dir, 'work'));
t.teardown(() => rmSync(dir, { recursive: true, force: true }));

async function latency(words: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const all = ['-u', 'NODE_OPTIONS', process.execPath, MAIN, 'latency', '--dir', join(dir, 'work'), ...words];
  const child = spawn('env', all, { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'close') as Promise<[number]>;
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, stdout, stderr };
}

const TINY = ['--size', '3MiB', '--files', '30', '--rounds', '1', '--round-trips', '10'];

t.test('at a tiny size: table, JSON, chart, and the section of a page', large, async (t) => {
  const [json, svg, page] = ['result.json', 'charts/windows.svg', 'page.md'].map((name) => join(dir, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(page, '# Page\n\n<!-- latency:begin -->\nold\n<!-- latency:end -->\n\nthe rest\n');
  const { code, stdout, stderr } = await latency([...TINY, '--json', json, '--svg', svg, '--report', page]);
  t.equal(code, 0, stderr);
  const { races, windows, notes } = JSON.parse(readFileSync(json, 'utf8')) as LatencyResult;
  t.same(
    races.map(({ title, roundTrip, unit }) => [title, roundTrip, unit]),
    [
      ['one file of 3 MiB up', 10, 'MB/s'],
      ['one file of 3 MiB down', 10, 'MB/s'],
      ['30 files of 4 KiB up', 10, 'files/s'],
      ['30 files of 4 KiB down', 10, 'files/s'],
    ],
  );
  for (const { lanes } of races) {
    t.ok(lanes.length + notes.filter((note) => note.startsWith('Without ')).length === 4);
    t.ok(lanes.every(({ name, ratio }) => (name === 'bare socket') === (ratio === null)));
    for (const { name } of lanes) t.match(stdout, new RegExp(`^${name} +\\d`, 'm'));
  }
  t.same(
    windows.map(({ direction, roundTrip }) => [direction, roundTrip]),
    [
      ['up', 10],
      ['down', 10],
    ],
  );
  for (const { samples } of windows) {
    t.ok(samples.some(({ granted }) => granted > 0));
    t.ok(samples.some(({ inFlight }) => inFlight > 0));
    const { granted, left, inFlight } = samples.at(-1)!;
    t.ok(granted >= 0 && left >= 0 && inFlight === 0, 'all has arrived');
  }
  const written = readFileSync(page, 'utf8');
  t.match(written, /^# Page\n\n<!-- latency:begin -->\n\nMeasured on /);
  t.match(written, /<!-- latency:end -->\n\nthe rest\n$/);
  t.match(written, '![credit windows over time](charts/windows.svg)');
  t.notMatch(written, 'old');
  t.match(readFileSync(svg, 'utf8'), /^<svg /);
  t.same(readdirSync(join(dir, 'work')), [], 'nothing is left');
});

t.test('a page without the marks is refused before anything is measured', async (t) => {
  const page = join(dir, 'other.md');
  writeFileSync(page, '# Page\n');
  const { code, stderr } = await latency([...TINY, '--report', page]);
  t.not(code, 0);
  t.match(stderr, 'has no <!-- latency:begin --> and <!-- latency:end -->');
  t.notMatch(stderr, '10 ms');
});

t.test('a side that there is not', async (t) => {
  const { code, stderr } = await latency([...TINY, '--only', 'nobody']);
  t.not(code, 0);
  t.match(stderr, 'no side is named so; there are: bare socket, sluice, rsync daemon, sftp');
  t.same(readdirSync(join(dir, 'work')), [], 'nothing is left');
});
