import { createHash, randomBytes } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { RawClient } from '../fixtures/raw-client.js';
import { startServer } from '../fixtures/server.js';

type Entry = [name: string, type: string, size: number, mtimeMs: number];

/** All pages of a LIST, one credit at a time; returns the entries and how many pages there were. */
async function list(peer: RawClient, path: string, fields = {}): Promise<{ entries: Entry[]; pages: number }> {
  const stream = peer.request('LIST', { path, credit: 0, ...fields });
  const entries: Entry[] = [];
  for (let pages = 1; ; pages++) {
    peer.send('CREDIT', stream, { chunks: pages });
    const frame = await peer.take(({ name, stream: s }) => s === stream && (name === 'ENTRIES' || name === 'RESULT'));
    if (frame.name === 'RESULT') return { entries, pages: pages - 1 };
    entries.push(...(frame.fields['entries'] as Entry[]));
  }
}

t.test('operations on names', async (t) => {
  const { dir, client } = await startServer(t);
  const peer = await client();
  const outcome = (...request: Parameters<RawClient['request']>): Promise<string> =>
    peer.outcome(peer.request(...request));

  t.test('LIST: byte order, types, sizes, one page a credit (P-5.10, P-7.8)', async (t) => {
    mkdirSync(join(dir, 'listed/folder'), { recursive: true });
    writeFileSync(join(dir, 'listed/b'), 'bb');
    writeFileSync(join(dir, 'listed/Ä'), '');
    writeFileSync(join(dir, 'listed/a z'), 'a');
    symlinkSync('b', join(dir, 'listed/link'));
    execFileSync('mkfifo', [join(dir, 'listed/fifo')]);
    const { entries } = await list(peer, 'listed');
    t.same(
      entries.map(([name, type, size]) => [name, type, size]),
      [
        ['a z', 'file', 1],
        ['b', 'file', 2],
        ['fifo', 'other', 0],
        ['folder', 'folder', 0],
        ['link', 'symlink', 0],
        ['Ä', 'file', 0],
      ],
    );
    t.same(
      (await list(peer, 'listed', { prefix: 'f' })).entries.map(([name]) => name),
      ['fifo', 'folder'],
    );
    t.equal(await outcome('LIST', { path: 'listed/b', credit: 1 }), 'not-a-folder');
    t.equal(await outcome('LIST', { path: 'nowhere', credit: 1 }), 'not-found');
  });

  t.test('a large folder comes in pages that fit a frame; the private folder is left out', async (t) => {
    mkdirSync(join(dir, 'large'));
    const names = Array.from({ length: 2_500 }, (_, i) => `${'n'.repeat(200)}-${String(i).padStart(4, '0')}`);
    for (const name of names) writeFileSync(join(dir, 'large', name), '');
    const { entries, pages } = await list(peer, 'large');
    t.same(
      entries.map(([name]) => name),
      names,
    );
    t.ok(pages > 10);
    t.notOk((await list(peer, '')).entries.some(([name]) => name === '.sluice'));
  });

  t.test('STAT', async (t) => {
    writeFileSync(join(dir, 'stated'), 'four', { mode: 0o640 });
    const { fields } = await peer.final(peer.request('STAT', { path: 'stated' }));
    t.match(fields, { type: 'file', size: 4, mode: 0o640 });
    writeFileSync(join(dir, 'stated'), 'five!');
    const later = await peer.final(peer.request('STAT', { path: 'stated' }));
    t.not(later.fields['version'], fields['version'], 'another content, another version');
    t.match((await peer.final(peer.request('STAT', { path: '' }))).fields, { type: 'folder' });
    t.match((await peer.final(peer.request('STAT', { path: 'listed/link' }))).fields, { type: 'symlink' });
  });

  t.test('REMOVE takes files, links themselves and empty folders', async (t) => {
    mkdirSync(join(dir, 'full/empty'), { recursive: true });
    writeFileSync(join(dir, 'target'), 'kept');
    symlinkSync('target', join(dir, 'to-target'));
    t.equal(await outcome('REMOVE', { path: 'full' }), 'not-empty');
    t.equal(await outcome('REMOVE', { path: 'full/empty' }), 'RESULT');
    t.equal(await outcome('REMOVE', { path: 'to-target' }), 'RESULT');
    t.equal(readFileSync(join(dir, 'target'), 'utf8'), 'kept');
    t.equal(await outcome('REMOVE', { path: 'target' }), 'RESULT');
    t.equal(await outcome('REMOVE', { path: 'target' }), 'not-found');
    t.equal(await outcome('REMOVE', { path: '' }), 'bad-path');
  });

  t.test('RENAME replaces in one step, makes folders, honours ifAbsent', async (t) => {
    writeFileSync(join(dir, 'from'), 'moved');
    writeFileSync(join(dir, 'there'), 'old');
    t.equal(await outcome('RENAME', { path: 'from', to: 'there', ifAbsent: true }), 'exists');
    t.equal(readFileSync(join(dir, 'there'), 'utf8'), 'old');
    t.equal(await outcome('RENAME', { path: 'from', to: 'there' }), 'RESULT');
    t.equal(readFileSync(join(dir, 'there'), 'utf8'), 'moved');
    t.equal(await outcome('RENAME', { path: 'there', to: 'new/deep/name' }), 'RESULT');
    t.notOk(existsSync(join(dir, 'there')));
    t.equal(await outcome('RENAME', { path: 'gone', to: 'x' }), 'not-found');
    t.equal(await outcome('RENAME', { path: 'new', to: '../new' }), 'bad-path');
    t.equal(await outcome('RENAME', { path: 'new', to: 'new/deep/inside' }), 'bad-path');
  });

  t.test('MKDIR', async (t) => {
    t.equal(await outcome('MKDIR', { path: 'made/below' }), 'RESULT');
    t.equal(await outcome('MKDIR', { path: 'made/below' }), 'exists');
    t.equal(await outcome('MKDIR', { path: 'new/deep/name/x' }), 'not-a-folder');
  });

  t.test('HASH digests the plain bytes', async (t) => {
    const content = randomBytes(3_000_000);
    writeFileSync(join(dir, 'hashed'), content);
    const { fields } = await peer.final(peer.request('HASH', { path: 'hashed', algorithm: 'sha256' }));
    t.same(fields['digest'], createHash('sha256').update(content).digest());
    t.equal(fields['size'], content.length);
    const known = await peer.final(peer.request('HASH', { path: 'listed/Ä', algorithm: 'blake3' }));
    const ofNothing = 'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262';
    t.equal(Buffer.from(known.fields['digest'] as Buffer).toString('hex'), ofNothing);
  });
});
