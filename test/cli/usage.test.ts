import { readFileSync } from 'node:fs';
import t from 'tap';
import { sluice } from './command.js';

const usage = (stderr: string | RegExp): object => ({ code: 2, stdout: '', stderr });

t.test('usage errors say what is wrong, on one line, and exit with 2', async (t) => {
  const cases: [string, string | RegExp][] = [
    ['bogus', "sluice: unknown command 'bogus'; see sluice --help\n"],
    ['put', 'sluice: put needs at least one FILE, and a URL last\n'],
    [
      'put a b sluice://h/x',
      /^sluice: sluice:\/\/h\/x: several files need a folder to go to: a URL that ends in \/\n$/,
    ],
    ['put - sluice://h/', /standard input has no name of its own/],
    [
      'put a localhost/x',
      /^sluice: localhost\/x: a URL begins with sluice:\/\/, for example sluice:\/\/localhost\/x\n$/,
    ],
    ['put a sluice://h:x/', /the port is a number from 1 to 65535/],
    ['get', 'sluice: get needs at least one URL\n'],
    ['get sluice://h/a sluice://h/b nowhere', /nowhere: several files need a folder/],
    ['get --range 5-1 sluice://h/a', /The range ends before it begins; see sluice get --help\n$/],
    ['get -r --range 1-5 sluice://h/a', /--range is for files/],
    ['get --json sluice://h/a -', /--json/],
    ['get --timeout 0 sluice://h/a', /a number of seconds above 0/],
    ['ls', /missing required argument 'url'/],
    ['ls a b', /too many arguments/],
    ['mv sluice://h/a sluice://h/b', /a path on the same server, not a URL/],
    ['hash sluice://h/a', /required option '--algorithm <name>' not specified/],
    ['hash --algorithm md5 sluice://h/a', /Allowed choices are sha256, blake3/],
    ['put --protocol legacy a sluice://h/a', /Allowed choices are stream, legacy-json, legacy-text/],
    ['put --verify a sluice://h/a', /--verify is for the legacy protocols/],
    ['serve', /missing required argument 'dir'/],
    ['serve . --memory 3MB', /A size is a number of bytes, or of KiB, MiB or GiB: 256MiB; see sluice serve --help\n$/],
    ['serve . --port 65536', /A port is a number from 0 to 65535/],
    ['serve . --workers 0', /a whole number from 1 on/],
    ['serve . --runtime fibers', /Allowed choices are threads, processes/],
    ['serve . --durability maybe', /Allowed choices are written, durable/],
    // Options of later work are absent, not ignored.
    ['serve . --token-file x', /unknown option '--token-file'/],
    ['serve . --read-only', /unknown option '--read-only'/],
    ['put --ca x a sluice://h/a', /unknown option '--ca'/],
    ['conformance h:1', /unknown command 'conformance'/],
  ];
  for (const [words, message] of cases) {
    const result = await sluice(t, words.split(' '));
    t.match(result, usage(message), words);
    t.match(result.stderr, /^sluice: [^\n]*\n$/, 'one line');
  }
});

t.test('help and version go to stdout and exit with 0', async (t) => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  for (const option of ['--version', '-V']) {
    t.same(await sluice(t, [option]), { code: 0, stdout: `${version}\n`, stderr: '' }, option);
  }
  t.match(await sluice(t, ['--help']), { code: 0, stdout: /Examples:\n.*sluice serve[^]*Exit codes:\n/, stderr: '' });
  t.match(await sluice(t, ['help', 'put']), { code: 0, stdout: /^Usage: sluice put \[options\] FILE\.\.\. URL\n/ });
  t.match(await sluice(t, ['serve', '--help']), { code: 0, stdout: /256MiB/ });
  t.match(await sluice(t, []), { code: 2, stdout: '', stderr: /^Usage: sluice/ });
});
