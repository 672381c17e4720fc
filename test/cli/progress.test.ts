import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { COMMAND, sluice, startServe, temporaryFolder } from './command.js';

const hasScript = spawnSync('script', ['--version']).status === 0;
const { url } = await startServe(t);
const local = temporaryFolder(t);
writeFileSync(join(local, 'film.mkv'), Buffer.alloc(20_000_000, 'x'));

/** Runs a command with a terminal, and gives back all that it drew. */
async function onTerminal(words: readonly string[]): Promise<string> {
  const line = ['env', '-u', 'NODE_OPTIONS', process.execPath, COMMAND, ...words].map((word) => `'${word}'`).join(' ');
  const child = spawn('script', ['-qec', line, '/dev/null'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit') as Promise<[number]>;
  const drawn = await text(child.stdout);
  const [code] = await ended;
  if (code !== 0) throw new Error(`${line} ended with ${code}: ${drawn}`);
  return drawn;
}

t.test('a terminal gets a bar', { skip: hasScript ? false : 'there is no script command here' }, async (t) => {
  const drawn = await onTerminal(['put', join(local, 'film.mkv'), url]);
  t.match(drawn, /\[={20}\] 100% {2}19\.1 MiB of 19\.1 MiB/);
  t.match(drawn, /\d B\/s|\d [KMG]iB\/s/, 'with the rate');
  t.equal(await onTerminal(['put', '--quiet', join(local, 'film.mkv'), url]), '');
  t.match(await onTerminal(['put', '--json', join(local, 'film.mkv'), url]), /^\{[^\r\n]*\}\r\n$/);
});

t.test('anything else gets none', async (t) => {
  t.same(await sluice(t, ['put', join(local, 'film.mkv'), url]), { code: 0, stdout: '', stderr: '' });
});
