import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import t from 'tap';
import type { PeersResult } from '../../bench/peers.js';
import type { Result } from '../../bench/result.js';
import { large } from '../fixtures/large.js';

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

t.test('throughput, at a tiny size', large, async (t) => {
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

t.test('small, at a tiny size', large, async (t) => {
  const { code, stdout, stderr } = await bench('small', '--files', '150', '--rounds', '1');
  t.equal(code, 0, stderr);
  t.match(stdout, /^put tree +\d/m);
  t.match(stdout, /^get tree +\d/m);
  t.same(readdirSync(dir), [], 'nothing is left');
});

t.test('peers, at a tiny size: all that are installed take part', large, async (t) => {
  const page = join(dir, 'page.md');
  const json = join(dir, 'result.json');
  const svg = join(dir, 'peers.svg');
  writeFileSync(page, 'before\n<!-- peers:begin -->\n<!-- peers:end -->\nafter\n');
  const options = ['--scale', '0.002', '--rounds', '1', '--place', 'memory', '--work', 'one,small,start'];
  const { code, stdout, stderr } = await bench('peers', ...options, '--json', json, '--svg', svg, '--report', page);
  t.equal(code, 0, stderr);
  const { results, notes } = JSON.parse(readFileSync(json, 'utf8')) as PeersResult;
  t.same(
    results.map(({ title }) => title),
    [
      'put one file of 2 MiB',
      'get one file of 2 MiB',
      'put 20 files of 4 KiB',
      'get 20 files of 4 KiB',
      'one start of a command',
    ],
  );
  const [put, get] = results.map(({ sides }) => sides.map(({ name }) => name));
  t.ok(put!.includes('sluice put written') && put!.includes('sluice put written (library)'));
  t.ok(get!.includes('sluice get') && get!.includes('sluice get sha256 (library)'));
  for (const peer of ['nginx', 'rsync', 'vsftpd', 'sftp']) {
    const isThere = put!.includes(peer);
    t.equal(
      notes.some((note) => note.startsWith(`${peer} does not take part`)),
      !isThere,
      peer,
    );
    t.equal(results[0]!.sides[0]!.ratios[peer] !== undefined, isThere, 'compared with it');
  }
  const [command] = results[0]!.sides;
  t.match(stdout, `sluice put written, client: ${command!.commands.client!}`);
  t.match(readFileSync(page, 'utf8'), /^before\n[^]*\n!\[one\]\(peers-one\.svg\)\n[^]*\| sluice get \|[^]*\nafter\n$/);
  t.match(readFileSync(join(dir, 'peers-small.svg'), 'utf8'), /^<svg [^]*<\/svg>\n$/);
  for (const file of readdirSync(dir)) {
    t.match(file, /^(page\.md|result\.json|peers-(one|small|start)\.svg)$/, 'nothing else is left');
    rmSync(join(dir, file));
  }
});

t.test('peers that there are not', async (t) => {
  const { code, stderr } = await bench('peers', '--peers', 'nginx,ncftpd');
  t.not(code, 0);
  t.match(stderr, "There is no 'ncftpd'");
});

t.test('a side that there is not', async (t) => {
  const { code, stderr } = await bench('small', '--only', 'rsync');
  t.not(code, 0);
  t.match(stderr, /no side is named so; there are: put tree, get tree/);
  t.same(readdirSync(dir), [], 'nothing is left');
});
