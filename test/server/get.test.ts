import { randomBytes } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Store } from '../../lib/storage/store.js';
import { CHUNK, chunksOf, leafOf, message, rootOf } from '../fixtures/naive-frames.js';
import type { RawClient, Received } from '../fixtures/raw-client.js';
import { startServer } from '../fixtures/server.js';

/** Collects what a GET brings, checking fragments and leaves on the way. */
async function collect(
  peer: RawClient,
  stream: number,
): Promise<{ file?: Received; content: Buffer; final: Received }> {
  const parts: Buffer[] = [];
  let chunk: Buffer[] = [];
  let file: Received | undefined;
  for (;;) {
    const frame = await peer.take((next) => next.stream === stream);
    if (frame.name === 'FILE') file = frame;
    else if (frame.name === 'DATA') {
      chunk.push(frame.payload);
      if (!frame.leaf) continue;
      if (!leafOf(Buffer.concat(chunk)).equals(frame.leaf)) throw new Error('a leaf that its chunk does not give');
      parts.push(...chunk);
      chunk = [];
    } else if (frame.name !== 'PROGRESS') {
      return { ...(file && { file }), content: Buffer.concat(parts), final: frame };
    }
  }
}

t.test('reading files', async (t) => {
  const { dir, client } = await startServer(t);
  const peer = await client();

  t.test('sizes near every boundary (P-7.7)', async (t) => {
    for (const size of [0, 1, 4_095, 4_096, 65_536, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK]) {
      const content = randomBytes(size);
      writeFileSync(join(dir, 'sized'), content);
      const { file, content: got, final } = await collect(peer, peer.request('GET', { path: 'sized', credit: 9 }));
      t.match(file?.fields, { size, offset: 0, length: size }, `${size} bytes`);
      t.ok(got.equals(content));
      t.same(final.fields['root'], rootOf(content));
    }
  });

  t.test('a hundred small files at once', async (t) => {
    mkdirSync(join(dir, 'many'));
    const contents = Array.from({ length: 100 }, (_, i) => randomBytes(i * 50));
    contents.forEach((content, i) => writeFileSync(join(dir, `many/${i}`), content));
    const streams = contents.map((_, i) => peer.request('GET', { path: `many/${i}`, credit: 1 }));
    const got = await Promise.all(streams.map((stream) => collect(peer, stream)));
    got.forEach(({ content, final }, i) => {
      t.ok(content.equals(contents[i]!));
      t.same(final.fields['root'], rootOf(contents[i]!));
    });
  });

  t.test('a range is sent as the whole chunks that cover it, without a root', async (t) => {
    const content = randomBytes(4 * CHUNK + 100);
    writeFileSync(join(dir, 'ranged'), content);
    const range = { path: 'ranged', credit: 9, offset: CHUNK + 5, length: CHUNK };
    const { file, content: got, final } = await collect(peer, peer.request('GET', range));
    t.match(file?.fields, { size: content.length, offset: CHUNK, length: 2 * CHUNK });
    t.ok(got.equals(content.subarray(CHUNK, 3 * CHUNK)));
    t.equal(final.name, 'RESULT');
    t.notOk('root' in final.fields);
    const tail = await collect(
      peer,
      peer.request('GET', { path: 'ranged', credit: 9, offset: 4 * CHUNK + 99, length: 5_000 }),
    );
    t.ok(tail.content.equals(content.subarray(4 * CHUNK)), 'cut at the end of the file');
    t.equal(
      await peer.outcome(peer.request('GET', { path: 'ranged', credit: 1, offset: content.length })),
      'bad-range',
    );
  });

  t.test('nothing is sent without credit, and no more than it', async (t) => {
    const content = randomBytes(3 * CHUNK);
    writeFileSync(join(dir, 'credited'), content);
    const stream = peer.request('GET', { path: 'credited', credit: 0 });
    await peer.next('FILE', stream);
    t.equal(await peer.outcome(peer.request('STAT', { path: '' })), 'RESULT');
    t.notOk(peer.untaken.some(({ name }) => name === 'DATA'));
    peer.send('CREDIT', stream, { chunks: 1 });
    await peer.take((frame) => frame.stream === stream && frame.leaf !== undefined);
    t.equal(await peer.outcome(peer.request('STAT', { path: '' })), 'RESULT');
    t.notOk(peer.untaken.some(({ name, offset }) => name === 'DATA' && offset >= CHUNK));
    peer.send('CREDIT', stream, { chunks: 3 });
    t.equal(await peer.outcome(stream), 'RESULT');
  });

  t.test('a stream that is not read blocks no other; it can be cancelled', async (t) => {
    writeFileSync(join(dir, 'unread'), randomBytes(2 * CHUNK));
    const unread = Array.from({ length: 50 }, () => peer.request('GET', { path: 'unread', credit: 0 }));
    const read = Array.from({ length: 50 }, () => peer.request('GET', { path: 'many/9', credit: 1 }));
    for (const stream of read) t.equal(await peer.outcome(stream), 'RESULT');
    for (const stream of unread) {
      peer.send('CANCEL', stream);
      t.equal(await peer.outcome(stream), 'cancelled');
    }
  });

  t.test('a file that changes while it is sent: source-changed', async (t) => {
    writeFileSync(join(dir, 'changing'), randomBytes(3 * CHUNK));
    const stream = peer.request('GET', { path: 'changing', credit: 1 });
    await peer.take((frame) => frame.stream === stream && frame.leaf !== undefined);
    truncateSync(join(dir, 'changing'), CHUNK + 5);
    peer.send('CREDIT', stream, { chunks: 3 });
    t.equal(await peer.outcome(stream), 'source-changed');
  });

  t.test('what can not be read', async (t) => {
    symlinkSync('/etc/passwd', join(dir, 'link'));
    symlinkSync('/etc', join(dir, 'linked'));
    execFileSync('mkfifo', [join(dir, 'fifo')]);
    const wanted = {
      missing: 'not-found',
      'many/9/x': 'not-a-folder',
      many: 'not-a-file',
      link: 'symlink',
      'linked/passwd': 'symlink',
      fifo: 'not-a-file',
      '../x': 'bad-path',
      '.sluice/lock': 'reserved-name',
      '': 'bad-path',
    };
    for (const [path, code] of Object.entries(wanted)) {
      t.equal(await peer.outcome(peer.request('GET', { path, credit: 1 })), code, path);
    }
    t.equal(
      await peer.outcome(peer.request('GET', { path: 'many/9', credit: 1, ifMatch: 'x' })),
      'precondition-failed',
    );
  });
});

t.test('a chunk is cut into fragments of the negotiated size, other streams in between (P-4.2)', async (t) => {
  const { dir, client } = await startServer(t);
  const peer = await client({ fragment: 4_096 });
  writeFileSync(join(dir, 'cut'), chunksOf(randomBytes(CHUNK))[0]!);
  const streams = [1, 2].map(() => peer.request('GET', { path: 'cut', credit: 1 }));
  const first = peer.take(({ name, payload }) => name === 'DATA' && payload.length > 4_096);
  first.catch(() => undefined);
  for (const stream of streams) t.equal(await peer.outcome(stream), 'RESULT');
  t.equal(peer.untaken.filter(({ name }) => name === 'DATA').length, 512);
});

t.test('requests that come in one read of the socket are opened in one call', async (t) => {
  const calls: number[] = [];
  const wrapStore = (store: Store): Store => {
    const open = store.open.bind(store);
    return Object.assign(store, {
      open: (...options: Parameters<Store['open']>) => {
        calls.push(options[0].length);
        return open(...options);
      },
    });
  };
  const { dir, client } = await startServer(t, { wrapStore });
  writeFileSync(join(dir, 'small'), 'small');
  const peer = await client();
  const streams = Array.from({ length: 40 }, (_, i) => 2 * i + 1);
  peer.write(...streams.map((stream) => message('GET', stream, { path: 'small', credit: 1 })));
  for (const stream of streams) t.equal((await peer.final(stream)).name, 'RESULT');
  t.same(calls, [40]);
});
