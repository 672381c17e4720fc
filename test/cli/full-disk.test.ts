import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { partials, sluice, startServe, temporaryFolder } from './command.js';

const local = temporaryFolder(t);
writeFileSync(join(local, 'large'), randomBytes(6_000_000));
writeFileSync(join(local, 'small'), 'small');

/** A file system of 4 MiB; undefined where mounting is not permitted. */
function smallDisk(t: Test): string | undefined {
  const folder = temporaryFolder(t);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    t.comment('left out: mounting a small file system is not permitted here');
    return undefined;
  }
  t.teardown(() => execFileSync('umount', ['-l', folder]));
  return folder;
}

t.test('no space is left for the server', async (t) => {
  const dir = smallDisk(t);
  if (dir === undefined) return;
  const { url } = await startServe(t, [], dir);
  writeFileSync(join(dir, 'large'), 'old');
  for (const input of [undefined, readFileSync(join(local, 'large'))]) {
    const words = ['put', input ? '-' : join(local, 'large'), `${url}large`];
    t.match(await sluice(t, words, input && { input }), {
      code: 1,
      stdout: '',
      stderr: /^sluice: [^\n]* \(no-space\)\n$/,
    });
    t.same(readdirSync(dir).sort(), ['.sluice', 'large']);
    t.same(partials(dir), [], 'the space is given back');
    t.equal(readFileSync(join(dir, 'large'), 'utf8'), 'old');
  }
  t.match(await sluice(t, ['put', join(local, 'small'), url]), { code: 0, stderr: '' }, 'there is room for others');
});

t.test('no space is left for the client', async (t) => {
  const cwd = smallDisk(t);
  if (cwd === undefined) return;
  const { url, dir } = await startServe(t);
  for (const name of ['large', 'small']) writeFileSync(join(dir, name), readFileSync(join(local, name)));
  writeFileSync(join(cwd, 'large'), 'old');
  t.match(await sluice(t, ['get', `${url}large`, `${url}small`], { cwd }), {
    code: 1,
    stdout: '',
    stderr: /^sluice: [^\n]*cannot write 'large': [^\n]* \(local-no-space\)\n$/,
  });
  t.same(readdirSync(cwd).sort(), ['large', 'small'], 'the other came, and no temporary file is left');
  t.equal(readFileSync(join(cwd, 'large'), 'utf8'), 'old');
});
