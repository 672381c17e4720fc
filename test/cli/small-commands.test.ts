import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { sluice, startServe } from './command.js';

const { url, dir } = await startServe(t);
const at = (...names: string[]): string => join(dir, ...names);
const OK = { code: 0, stdout: '', stderr: '' };

mkdirSync(at('list/b'), { recursive: true });
for (const name of ['list/ü', 'list/Z', 'list/a', 'list/b/deep', 'list/b-c']) writeFileSync(at(name), 'abc');
symlinkSync('/etc/passwd', at('list/link'));
writeFileSync(at('file'), 'abc', { mode: 0o644 });
utimesSync(at('file'), 1_600_000_000, 1_600_000_000.5);

t.test('ls', async (t) => {
  t.same(await sluice(t, ['ls', `${url}list`]), { ...OK, stdout: 'Z\na\nb/\nb-c\nlink\nü\n' });
  t.same(await sluice(t, ['ls', `${url}list/`, '-r']), { ...OK, stdout: 'Z\na\nb/\nb/deep\nb-c\nlink\nü\n' });
  t.same(await sluice(t, ['ls', url]), { ...OK, stdout: 'file\nlist/\n' }, 'the private folder is not shown');
  const json = await sluice(t, ['ls', '--json', `${url}list`]);
  const entries = json.stdout.trimEnd().split('\n');
  t.match(JSON.parse(entries[0]!), { op: 'ls', path: 'list/Z', type: 'file', size: 3, mtimeMs: Number });
  t.match(JSON.parse(entries[4]!), { op: 'ls', path: 'list/link', type: 'symlink', size: 0 });
  t.match(await sluice(t, ['ls', `${url}none`]), { code: 1, stdout: '', stderr: /\(not-found\)/ });
});

t.test('stat', async (t) => {
  t.match(await sluice(t, ['stat', `${url}file`]), {
    code: 0,
    stdout:
      /^path {5}file\ntype {5}file\nsize {5}3\nmtime {4}2020-09-13T12:26:40.500Z\nmode {5}0644\nversion {2}\S+\n$/,
  });
  const { stdout } = await sluice(t, ['stat', '--json', `${url}list`]);
  t.match(JSON.parse(stdout), { op: 'stat', path: 'list', type: 'folder', mtimeMs: Number, version: String });
});

t.test('hash prints what sha256sum would', async (t) => {
  const sha256 = createHash('sha256').update('abc').digest('hex');
  t.same(await sluice(t, ['hash', `${url}file`, '--algorithm', 'sha256']), { ...OK, stdout: `${sha256}  file\n` });
  // From the test vectors of BLAKE3's own publication.
  const blake3 = '6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85';
  t.same(await sluice(t, ['hash', `${url}list/a`, '--algorithm', 'blake3']), { ...OK, stdout: `${blake3}  list/a\n` });
  const { stdout } = await sluice(t, ['hash', `${url}file`, '--algorithm', 'sha256', '--json']);
  t.match(JSON.parse(stdout), { op: 'hash', path: 'file', size: 3, algorithm: 'sha256', digest: sha256 });
});

t.test('mkdir, mv, rm', async (t) => {
  t.same(await sluice(t, ['mkdir', `${url}new/folder`]), OK);
  t.match(await sluice(t, ['mkdir', `${url}new/folder`]), { code: 1, stderr: /\(exists\)\n$/ });
  writeFileSync(at('new/one'), '1');
  t.same(await sluice(t, ['mv', `${url}new/one`, 'new/two']), OK);
  t.same(await sluice(t, ['mv', `${url}new/two`, '/new/folder/']), OK, 'into a folder, under its name');
  t.same(readdirSync(at('new/folder')), ['two']);
  t.match(await sluice(t, ['mv', `${url}new/none`, 'x']), { code: 1, stderr: /\(not-found\)\n$/ });
  t.match(await sluice(t, ['rm', `${url}new/folder`]), { code: 1, stderr: /\(not-empty\)\n$/ });
  const json = await sluice(t, ['rm', '--json', `${url}none`, `${url}new/folder/two`, `${url}new/folder`]);
  t.equal(json.code, 1, 'one of three failed');
  t.match(
    json.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
    [
      { op: 'rm', path: 'none', error: { code: 'not-found' } },
      { op: 'rm', path: 'new/folder/two' },
      { op: 'rm', path: 'new/folder' },
    ],
  );
  t.same(readdirSync(at('new')), []);
});
