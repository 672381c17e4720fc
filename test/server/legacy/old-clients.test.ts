import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { large, randomFile } from '../../fixtures/large.js';
import { oldClient } from '../../fixtures/old-client.js';
import { temporaryFolder } from '../../fixtures/server.js';
import { startLegacyServer } from './legacy-server.js';

/** Independent programs in Python, as docs/protocol.md, section 11, and the tables there say. */

interface Run {
  readonly words: readonly string[];
  readonly sizes?: readonly number[];
  readonly names?: readonly string[];
}

const NAMES = ['a.bin', 'b c.TXT', 'My File (2).bin'];
const text = (variant: string, ...more: string[]): Run => ({ words: ['--variant', variant, ...more] });
const json = (variant: string, ...more: string[]): Run => ({
  words: ['--dialect', 'json', '--variant', variant, ...more],
});
const runs: readonly Run[] = [
  ...['', 'lower', 'synonym', 'post', 'quoted', 'length', 'bars', 'lines'].map((variant) => text(variant)),
  ...['', 'named', 'content', 'snake', 'name-last', 'escaped-slashes', 'raw-utf8'].map((variant) => json(variant)),
  { ...json(''), names: ['a.bin', 'datei ä 😀.bin', 'dir/a.bin'] },
  {
    ...json('raw-utf8', '--pieces', '7'),
    sizes: [0, 5, 100_000],
    names: ['a.bin', 'datei ä 😀.bin', 'dir/Sub Dir/a.bin'],
  },
  { ...text(''), names: ['a.bin', 'datei ä 😀.bin', 'dir/a.bin'] },
  { ...text('', '--pieces', '1', '--read', '16'), sizes: [0, 5, 999] },
  { ...json('', '--pieces', '1', '--read', '16'), sizes: [0, 5, 999] },
  text('', '--late-end'),
  json('named', '--doubled-end', '--pieces', '1460'),
  text('length', '--one-connection', '--doubled-end'),
  json('', '--pipelined', '--late-end'),
  text('no-space', '--pipelined'),
];

/** One for all: each run takes away what it stored. */
const { port, files, partials, dir } = await startLegacyServer(t);

for (const { words, sizes = [0, 5, 1_500_000], names = NAMES } of runs) {
  t.test(`upload, list, get and delete: ${words.filter((word) => word !== '').join(' ')}`, async (t) => {
    const folder = temporaryFolder(t);
    const contents = sizes.map((size) => randomBytes(size));
    contents.forEach((content, i) => writeFileSync(join(folder, `${i}`), content));
    const each = (operation: (name: string, i: number) => string[]): string[] => names.flatMap(operation);
    const replies = await oldClient(port, [
      ...words,
      ...each((name, i) => ['upload', name, join(folder, `${i}`)]),
      'list',
      ...each((name, i) => ['get', name, join(folder, `got-${i}`)]),
    ]);
    t.same(
      replies.map(({ status }) => status),
      Array(7).fill('OK'),
    );
    t.same(
      replies.slice(0, 3).map((reply) => reply['data_namafile']),
      names,
    );
    t.same(
      replies[3]!['data'],
      names.filter((name) => !name.includes('/')).sort(),
      'sorted by code units, as bytes are here',
    );
    contents.forEach((content, i) => {
      t.ok(readFileSync(join(folder, `got-${i}`)).equals(content), `${names[i]!} came back`);
      t.ok(readFileSync(join(dir, names[i]!)).equals(content), `${names[i]!} is there`);
    });
    t.equal(replies[4]!['content_field'], words.includes('snake') ? 'file_content' : 'data_file');
    const removed = await oldClient(port, [...words, ...each((name) => ['delete', name]), 'delete', names[0]!]);
    t.same(
      removed.map(({ status }) => status),
      ['OK', 'OK', 'OK', 'ERROR'],
    );
    t.same(
      files().filter((name) => name.endsWith('.bin')),
      [],
    );
    t.same(partials(), []);
  });
}

t.test('clients that send no terminator', async (t) => {
  const { port, dir, files } = await startLegacyServer(t, { legacyTimeouts: { unterminated: 50 } });
  const folder = temporaryFolder(t);
  const content = randomBytes(300_000);
  writeFileSync(join(dir, 'b c.BIN'), content);
  for (const way of ['--no-end', '--half-close']) {
    const replies = await oldClient(port, [
      way,
      '--read',
      '8192',
      'list',
      'get',
      'b c.BIN',
      join(folder, 'got'),
      'get',
      'none',
      '/dev/null',
    ]);
    t.same(replies[0], { status: 'OK', data: ['b c.BIN'] });
    t.ok(readFileSync(join(folder, 'got')).equals(content));
    t.match(replies[2], { status: 'ERROR' });
  }
  const [refused] = await oldClient(port, ['--half-close', 'upload', 'x', join(folder, 'got')]);
  t.match(refused, { status: 'ERROR' });
  t.same(files(), ['b c.BIN']);
});

t.test('uploads without terminator, with --legacy-unterminated', async (t) => {
  const { port, dir } = await startLegacyServer(t, {
    legacyUnterminated: true,
    legacyTimeouts: { unterminated: 50, unterminatedUpload: 300 },
  });
  const folder = temporaryFolder(t);
  const content = randomBytes(1_200_000);
  writeFileSync(join(folder, 'content'), content);
  for (const way of ['--no-end', '--half-close']) {
    const replies = await oldClient(port, [way, 'upload', 'Some Name.bin', join(folder, 'content'), 'list']);
    t.same(replies[1], { status: 'OK', data: ['Some Name.bin'] });
    t.ok(readFileSync(join(dir, 'Some Name.bin')).equals(content));
  }
});

t.test('files of 100 MB, both dialects', large, async (t) => {
  const { port, dir, partials } = await startLegacyServer(t, { workers: 2 });
  const folder = temporaryFolder(t);
  const source = join(folder, 'source');
  randomFile(source, 95);
  for (const dialect of ['text', 'json']) {
    const got = join(folder, 'got');
    const replies = await oldClient(port, [
      '--dialect',
      dialect,
      '--read',
      '65536',
      '--one-connection',
      'upload',
      'Big File.BIN',
      source,
      'get',
      'Big File.BIN',
      got,
    ]);
    t.same(
      replies.map(({ status }) => status),
      ['OK', 'OK'],
    );
    t.ok(readFileSync(source).equals(readFileSync(join(dir, 'Big File.BIN'))));
    t.ok(readFileSync(source).equals(readFileSync(got)));
  }
  t.same(partials(), []);
});
