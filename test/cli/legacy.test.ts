import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { startOldServer } from '../fixtures/old-server.js';
import { sluice, startServe, temporaryFolder } from './command.js';

/** The command in the old dialects, against this server and against one in Python. */

const own = await startServe(t);
const other = await startOldServer(t, 'json_server');
const local = temporaryFolder(t);
const content = randomBytes(1_500_000);
writeFileSync(join(local, 'my film.mkv'), content);
mkdirSync(join(local, 'tree/inner'), { recursive: true });
writeFileSync(join(local, 'tree/inner/a'), 'A');
const OK = { code: 0, stdout: '', stderr: '' };

for (const [title, url, dir, protocol] of [
  ['this server', own.url, own.dir, 'legacy-json'],
  ['this server', own.url, own.dir, 'legacy-text'],
  ['an old server', `sluice://127.0.0.1:${other.port}/`, other.dir, 'legacy-json'],
] as const) {
  const at = ['--protocol', protocol];
  t.test(`${title} in ${protocol}`, async (t) => {
    const cwd = temporaryFolder(t);
    t.same(await sluice(t, ['put', ...at, join(local, 'my film.mkv'), url]), OK);
    t.ok(readFileSync(join(dir, 'my film.mkv')).equals(content));
    t.same(await sluice(t, ['get', ...at, `${url}my%20film.mkv`], { cwd }), OK);
    t.ok(readFileSync(join(cwd, 'my film.mkv')).equals(content));
    t.same(await sluice(t, ['put', ...at, '--verify', '-', `${url}piped`], { input: 'piped' }), OK);
    t.same(await sluice(t, ['get', ...at, `${url}piped`, '-']), { ...OK, stdout: 'piped' });
    t.same(await sluice(t, ['ls', ...at, url]), { ...OK, stdout: 'my film.mkv\npiped\n' });
    t.same(await sluice(t, ['put', ...at, '-r', join(local, 'tree'), url]), OK);
    t.equal(readFileSync(join(dir, 'tree/inner/a'), 'utf8'), 'A');
    const told = { mtimeMs: null, algorithm: null, root: null };
    const lines = async (words: string[]): Promise<unknown[]> =>
      (await sluice(t, words, { cwd })).stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown);
    t.same(await lines(['put', ...at, '--json', join(local, 'tree/inner/a'), `${url}piped`]), [
      { op: 'put', path: 'piped', size: 1, ...told },
    ]);
    t.same(await lines(['get', ...at, '--json', `${url}piped`]), [{ op: 'get', path: 'piped', size: 1, ...told }]);
    t.same(await sluice(t, ['rm', ...at, `${url}piped`, `${url}my%20film.mkv`, `${url}tree/inner/a`]), OK);
    t.match(await sluice(t, ['rm', ...at, `${url}piped`]), { code: 1, stderr: /\(not-found\)\n$/ });
    t.same(readdirSync(join(dir, 'tree/inner')), []);
  });
}

t.test('put --verify: what a server stored, not what it says', async (t) => {
  const put = ['put', '--protocol', 'legacy-json'];
  const film = join(local, 'my film.mkv');
  for (const [lie, size] of [
    ['--half', 750_000],
    ['--spoil', 1_500_000],
  ] as const) {
    const { port, dir } = await startOldServer(t, 'json_server', lie);
    const url = `sluice://127.0.0.1:${port}/`;
    t.same(await sluice(t, [...put, film, url]), OK, `${lie}: without it nobody can tell`);
    t.equal(readFileSync(join(dir, 'my film.mkv')).length, size);
    const { code, stdout, stderr } = await sluice(t, [...put, '--verify', film, url]);
    t.same([code, stdout], [1, ''], lie);
    t.match(stderr, /^sluice: [^\n]*'my film\.mkv': the server answered OK, but [^\n]* \(digest-mismatch\)\n$/);
    t.match(stderr, `${size} bytes that are not the 1500000 sent`);
  }
  const right = `sluice://127.0.0.1:${other.port}/verified`;
  t.same(await sluice(t, [...put, '--verify', film, right]), OK);
  t.ok(readFileSync(join(other.dir, 'verified')).equals(content));
});

t.test('what the old dialects have no words for', async (t) => {
  const cwd = temporaryFolder(t);
  for (const words of [
    ['get', '-r', `${own.url}tree`],
    ['get', '--range', '0-9', `${own.url}a`],
    ['put', '--if-absent', join(local, 'tree/inner/a'), own.url],
    ['ls', '-r', own.url],
    ['ls', `${own.url}tree`],
    ['stat', `${own.url}tree`],
    ['mv', `${own.url}tree`, 'b'],
    ['mkdir', `${own.url}new`],
    ['hash', '--algorithm', 'sha256', `${own.url}a`],
  ]) {
    const { code, stdout, stderr } = await sluice(t, [...words, '--protocol', 'legacy-text'], { cwd });
    t.same([code, stdout], [1, ''], words.join(' '));
    t.match(stderr, /^sluice: [^\n]*legacy-text can't [^\n]* \(unsupported\)\n$/);
  }
  t.same(readdirSync(cwd), []);
});

t.test('never another dialect by itself', async (t) => {
  const { url } = await startServe(t, ['--no-legacy']);
  t.match(await sluice(t, ['ls', '--protocol', 'legacy-json', url]), { code: 1, stderr: /\(server-error\)\n$/ });
  const old = `sluice://127.0.0.1:${other.port}/`;
  t.match(await sluice(t, ['ls', '--timeout', '0.3', old]), { code: 1, stderr: /\(timeout\)\n$/ });
});
