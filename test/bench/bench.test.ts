import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import t from 'tap';
import type { Result } from '../../bench/result.js';

const MAIN = 'dist/bench/main.js';
if (!existsSync(MAIN)) throw new Error('the benchmarks are not built: npm run build');
const dir = mkdtempSync(join(tmpdir(), 'sluice-bench-test-'));
t.teardown(() => rmSync(dir, { recursive: true, force: true }));

async function bench(...words: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = spawn('env', ['-u', 'NODE_OPTIONS', process.execPath, MAIN, ...words, '--dir', dir], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'close') as Promise<[number]>;
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, stdout, stderr };
}

t.test('throughput, at a tiny size', async (t) => {
  const json = join(dir, 'result.json');
  const { code, stdout, stderr } = await bench('throughput', '--size', '2500000', '--rounds', '1', '--json', json);
  t.equal(code, 0, stderr);
  const result = JSON.parse(readFileSync(json, 'utf8')) as Result;
  rmSync(json);
  const names = result.sides.map(({ name }) => name);
  t.same(names, [
    'put written',
    'put durable',
    'naive upload',
    'bare upload',
    'get',
    'naive download',
    'bare download',
  ]);
  for (const side of result.sides) {
    t.match(stdout, new RegExp(`^${side.name} +\\d`, 'm'), 'a line in the table');
    t.ok(side.figure.min > 0 && side.figure.min <= side.figure.max);
    t.equal('naive upload' in side.ratios, ['put written', 'put durable', 'bare upload'].includes(side.name));
    t.equal('bare download' in side.ratios, side.name === 'get');
    if (process.platform === 'linux') t.ok(side.peakMemory.server! > 1e6 && side.peakMemory.client! > 1e6);
  }
  t.same(readdirSync(dir), [], 'nothing is left');
});

t.test('small, at a tiny size', async (t) => {
  const { code, stdout, stderr } = await bench('small', '--files', '150', '--rounds', '1');
  t.equal(code, 0, stderr);
  t.match(stdout, /^put tree +\d/m);
  t.match(stdout, /^get tree +\d/m);
  t.same(readdirSync(dir), [], 'nothing is left');
});

t.test('a side that there is not', async (t) => {
  const { code, stderr } = await bench('small', '--only', 'rsync');
  t.not(code, 0);
  t.match(stderr, /no side is named so; there are: put tree, get tree/);
  t.same(readdirSync(dir), [], 'nothing is left');
});
