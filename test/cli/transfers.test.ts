import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import t from 'tap';
import { sluice, startServe, temporaryFolder } from './command.js';

const server = await startServe(t);
const { url, dir } = server;
const local = temporaryFolder(t);
const at = (...names: string[]): string => join(local, ...names);
const served = (...names: string[]): string => join(dir, ...names);
const OK = { code: 0, stdout: '', stderr: '' };
const lines = (text: string): Record<string, unknown>[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

const content = randomBytes(2_500_000);
writeFileSync(at('film.mkv'), content);
writeFileSync(at('empty'), '');
mkdirSync(at('tree/inner/void'), { recursive: true });
writeFileSync(at('tree/a'), 'A');
writeFileSync(at('tree/inner/ü x'), 'inner');

t.test('a file goes up and comes down, silently', async (t) => {
  chmodSync(at('film.mkv'), 0o640);
  // A quarter of a microsecond more, which the system call cuts off: 123 ms of a second is no exact double.
  utimesSync(at('film.mkv'), 1_700_000_000, (1_600_000_000_123_000 + 0.25) / 1_000_000);
  t.same(await sluice(t, ['put', at('film.mkv'), url]), OK);
  t.ok(readFileSync(served('film.mkv')).equals(content));
  t.equal(statSync(served('film.mkv')).mode & 0o777, 0o640);
  t.equal(Math.floor(statSync(served('film.mkv')).mtimeMs * 1000), 1_600_000_000_123_000);
  const cwd = temporaryFolder(t);
  t.same(await sluice(t, ['get', `${url}film.mkv`], { cwd }), OK, 'without DEST: here, under its name');
  t.ok(readFileSync(join(cwd, 'film.mkv')).equals(content));
  t.equal(Math.floor(statSync(join(cwd, 'film.mkv')).mtimeMs * 1000), 1_600_000_000_123_000);
  t.same(readdirSync(cwd), ['film.mkv'], 'no temporary file is left');
});

t.test('names and folders', async (t) => {
  t.same(await sluice(t, ['put', at('empty'), at('tree/a'), `${url}several/`]), OK);
  t.same(readdirSync(served('several')).sort(), ['a', 'empty']);
  t.same(await sluice(t, ['put', at('tree/a'), `${url}deep/er/new%20name?`]), OK);
  t.equal(readFileSync(served('deep/er/new name?'), 'utf8'), 'A');
  const cwd = temporaryFolder(t);
  t.same(await sluice(t, ['get', `${url}several/a`, `${url}several/empty`, '.'], { cwd }), OK);
  t.same(readdirSync(cwd).sort(), ['a', 'empty']);
  t.same(await sluice(t, ['get', `${url}several/a`, 'b'], { cwd }), OK);
  t.equal(readFileSync(join(cwd, 'b'), 'utf8'), 'A');
  t.same(await sluice(t, ['get', `${url}film.mkv`, 'b'], { cwd }), OK, 'what exists is replaced');
  t.equal(statSync(join(cwd, 'b')).size, content.length);
});

t.test('standard input and output', async (t) => {
  t.same(await sluice(t, ['put', '-', `${url}piped`], { input: content }), OK);
  t.ok(readFileSync(served('piped')).equals(content));
  t.same(await sluice(t, ['put', '-', `${url}nothing`]), OK);
  t.equal(statSync(served('nothing')).size, 0);
  await sluice(t, ['put', '-', `${url}digits`], { input: '0123456789' });
  t.same(await sluice(t, ['get', `${url}digits`, '-']), { ...OK, stdout: '0123456789' });
  t.same(await sluice(t, ['get', `${url}digits`, '-', '--range', '2-4']), { ...OK, stdout: '234' });
  t.same(await sluice(t, ['get', `${url}digits`, '-', '--range', '7-']), { ...OK, stdout: '789' });
  t.same(await sluice(t, ['get', `${url}digits`, '-', '--range', '7-99']), { ...OK, stdout: '789' });
  const cwd = temporaryFolder(t);
  t.same(await sluice(t, ['get', `${url}film.mkv`, 'part', '--range', '1048570-1048590'], { cwd }), OK);
  t.ok(readFileSync(join(cwd, 'part')).equals(content.subarray(1_048_570, 1_048_591)));
});

t.test('folders', async (t) => {
  t.same(await sluice(t, ['put', '-r', at('tree'), `${url}folders/`]), OK);
  t.equal(readFileSync(served('folders/tree/inner/ü x'), 'utf8'), 'inner');
  t.ok(statSync(served('folders/tree/inner/void')).isDirectory(), 'empty folders too');
  t.same(await sluice(t, ['put', '-r', at('tree'), at('empty'), `${url}mixed/`]), OK);
  t.same(readdirSync(served('mixed')).sort(), ['empty', 'tree']);
  t.same(await sluice(t, ['put', '-r', at('tree'), `${url}other`]), OK, 'without the slash: a new name');
  t.same(readdirSync(served('other')).sort(), ['a', 'inner']);

  const cwd = temporaryFolder(t);
  t.same(await sluice(t, ['get', '-r', `${url}folders/tree`, 'new'], { cwd }), OK);
  t.equal(readFileSync(join(cwd, 'new/inner/ü x'), 'utf8'), 'inner');
  t.ok(statSync(join(cwd, 'new/inner/void')).isDirectory());
  t.same(await sluice(t, ['get', '-r', `${url}folders/tree`, 'new'], { cwd }), OK);
  t.same(readdirSync(join(cwd, 'new')).sort(), ['a', 'inner', 'tree'], 'into a folder that exists');
  t.same(await sluice(t, ['get', '-r', `${url}folders/tree`, `${url}film.mkv`], { cwd }), OK, 'a file is taken too');
  t.same(readdirSync(cwd).sort(), ['film.mkv', 'new', 'tree']);
});

t.test('--json', async (t) => {
  const put = await sluice(t, ['put', '--json', at('film.mkv'), at('empty'), url]);
  t.match(put, { code: 0, stderr: '' });
  const root = /^[0-9a-f]{64}$/;
  const results = lines(put.stdout).sort((a, b) => String(a['path']).localeCompare(String(b['path'])));
  t.match(results, [
    { op: 'put', path: 'empty', size: 0, mtimeMs: Number, algorithm: 'blake3', root },
    { op: 'put', path: 'film.mkv', size: 2_500_000, mtimeMs: 1_600_000_000_123, algorithm: 'blake3', root },
  ]);
  t.same(Object.keys(results[0]!), ['op', 'path', 'size', 'mtimeMs', 'algorithm', 'root']);
  const cwd = temporaryFolder(t);
  const get = await sluice(t, ['get', '--json', `${url}film.mkv`], { cwd });
  t.same(lines(get.stdout), [{ ...results[1], op: 'get' }]);
  await sluice(t, ['put', '-r', at('tree'), `${url}json/`]);
  const tree = await sluice(t, ['get', '-r', '--json', `${url}json/tree`], { cwd });
  t.same(
    lines(tree.stdout)
      .map(({ op, path }) => [op, path])
      .sort(),
    [
      ['get', 'json/tree/a'],
      ['get', 'json/tree/inner/ü x'],
    ],
  );
});

t.test('a failed item leaves the rest alone', async (t) => {
  const some = await sluice(t, ['put', '--json', at('missing'), at('tree'), at('empty'), `${url}some/`]);
  t.equal(some.code, 1);
  t.same(readdirSync(served('some')), ['empty']);
  const failures = lines(some.stdout).filter(({ error }) => error !== undefined);
  t.match(
    failures.sort((a, b) => String(a['path']).localeCompare(String(b['path']))),
    [
      { op: 'put', path: 'some/missing', error: { code: 'local-not-found', message: String } },
      { op: 'put', path: 'some/tree', error: { code: 'not-a-file', message: String } },
    ],
  );
  t.equal(some.stderr.split('\n').length, 3, 'a line for each, on stderr too');
  const cwd = temporaryFolder(t);
  t.match(await sluice(t, ['get', `${url}none`, `${url}some/empty`], { cwd }), {
    code: 1,
    stdout: '',
    stderr: `sluice: ${url}none: there is no such file or folder (not-found)\n`,
  });
  t.same(readdirSync(cwd), ['empty']);
});

t.test('--if-absent replaces nothing', async (t) => {
  writeFileSync(served('taken'), 'old');
  t.match(await sluice(t, ['put', '--if-absent', at('tree/a'), `${url}taken`]), { code: 1, stderr: /\(exists\)\n$/ });
  t.equal(readFileSync(served('taken'), 'utf8'), 'old');
  t.same(await sluice(t, ['put', '--if-absent', at('tree/a'), `${url}free`]), OK);
  mkdirSync(served('mixture'));
  writeFileSync(served('mixture/a'), 'old');
  t.match(await sluice(t, ['put', '-r', '--if-absent', at('tree'), `${url}mixture`]), {
    code: 1,
    stderr: /^sluice: [^\n]*\/a: [^\n]* \(exists\)\n$/,
  });
  t.equal(readFileSync(served('mixture/a'), 'utf8'), 'old');
  t.equal(readFileSync(served('mixture/inner/ü x'), 'utf8'), 'inner');
});
