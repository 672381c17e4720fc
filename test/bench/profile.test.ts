import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import t from 'tap';
import type { FragmentsResult } from '../../bench/fragments.js';
import type { StagesResult } from '../../bench/stages.js';
import { large } from '../fixtures/large.js';

const MAIN = 'dist/bench/main.js';
if (!existsSync(MAIN)) throw new Error('the benchmarks are not built: npm run build');
const dir = mkdtempSync(join(tmpdir(), 'sluice-profile-test-'));
const work = join(dir, 'work');
mkdirSync(work);
t.teardown(() => rmSync(dir, { recursive: true, force: true }));

async function bench(name: string, ...words: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const all = ['-u', 'NODE_OPTIONS', process.execPath, MAIN, name, '--dir', work, ...words];
  const child = spawn('env', all, { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'close') as Promise<[number]>;
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, stdout, stderr };
}

/** A page with the marks of a section, and paths for what a benchmark writes. */
function outputs(name: string): { page: string; json: string; options: string[] } {
  const [page, json] = [join(dir, `${name}.md`), join(dir, `${name}.json`)] as const;
  writeFileSync(page, `before\n<!-- ${name}:begin -->\nold\n<!-- ${name}:end -->\nafter\n`);
  return { page, json, options: ['--json', json, '--report', page] };
}

const isLinux = process.platform === 'linux';

t.test('stages, at a tiny size', isLinux ? large : { skip: 'it reads /proc' }, async (t) => {
  const { page, json, options } = outputs('stages');
  const tiny = ['--size', '4MiB', '--files', '130', '--rounds', '1'];
  const { code, stdout, stderr } = await bench('stages', ...tiny, ...options);
  t.equal(code, 0, stderr);
  const { costs, accounts, allocations } = JSON.parse(readFileSync(json, 'utf8')) as StagesResult;
  for (const stage of ['socket read', 'parse', 'digest sha256', 'write', 'read', 'socket write']) {
    const cost = costs.find(({ name }) => name === stage);
    t.match(cost, { per: 'GiB' }, stage);
    t.match(stdout, new RegExp(`^${stage} +\\d`, 'm'));
  }
  t.same(
    accounts.map(({ work, end }) => `${work}, ${end}`),
    ['put one', 'get one', 'put small', 'get small'].flatMap((work) => [`${work}, server`, `${work}, client`]),
  );
  for (const { work, end, stages, usage } of accounts) {
    t.ok(stages.length >= 3, `${work}, ${end}: every stage of it was measured`);
    t.ok(usage.main > 0);
  }
  t.equal(allocations.length, 8);
  t.ok(allocations.every(({ bytes, places }) => bytes > 0 && places.length > 0));
  t.match(readFileSync(page, 'utf8'), /^before\n[^]*\n### One call to a worker\n[^]*\| whole \|[^]*\nafter\n$/);
  t.notMatch(readFileSync(page, 'utf8'), '\nold\n');
  t.same(readdirSync(work), [], 'nothing is left');
});

t.test('fragments, at a tiny size', large, async (t) => {
  const { page, json, options } = outputs('fragments');
  const { code, stdout, stderr } = await bench('fragments', '--size', '3MiB', '--rounds', '2', ...options);
  t.equal(code, 0, stderr);
  const { costs } = JSON.parse(readFileSync(json, 'utf8')) as FragmentsResult;
  const sizes = [65_536, 131_072, 262_144, 1_048_576];
  t.same(
    costs.map(({ direction, fragment }) => [direction, fragment]),
    ['put', 'get'].flatMap((direction) => sizes.map((size) => [direction, size])),
  );
  for (const { fragment, rate, ratio, roundTrips } of costs) {
    t.ok(rate.min > 0 && rate.min <= rate.max);
    if (fragment === 262_144) t.equal(ratio, 1, 'compared with itself');
    t.ok(roundTrips.count >= 2, 'one in each round at least');
    t.ok(roundTrips.median <= roundTrips.p99 && roundTrips.p99 <= roundTrips.max);
  }
  t.match(stdout, /^1 MiB +\d/m);
  t.match(readFileSync(page, 'utf8'), /^before\n[^]*\| 256 KiB \|[^]*\nafter\n$/);
  t.same(readdirSync(work), [], 'nothing is left');
});

t.test('a page without the marks is found out before anything is measured', async (t) => {
  const page = join(dir, 'bare.md');
  writeFileSync(page, 'nothing\n');
  for (const name of ['stages', 'fragments']) {
    const { code, stderr } = await bench(name, '--report', page);
    t.not(code, 0);
    t.match(stderr, `the page has no <!-- ${name}:begin --> and <!-- ${name}:end -->`);
  }
});
