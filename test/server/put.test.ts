import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';

type Asserts = Pick<typeof t, 'notOk' | 'same'>;
import { CHUNK, data, leafOf, message, rootOf } from '../fixtures/naive-frames.js';
import { startServer } from '../fixtures/server.js';

t.test('one server for what needs no other', async (t) => {
  const { dir, client, files, partials } = await startServer(t);
  const peer = await client();
  const nothingBelow = (t: Asserts, name: string): void => {
    t.notOk(files().includes(name), 'nothing is listed');
    t.same(partials(), [], 'no partial is left');
  };

  t.test('files of every size near a boundary are stored byte for byte', async (t) => {
    for (const size of [0, 1, 4_095, 4_096, 4_097, 65_536, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK]) {
      const content = randomBytes(size);
      const { name, fields } = await peer.put(`size/${size}`, content, { mtimeMs: 1_700_000_000_123 });
      t.equal(name, 'RESULT', `${size} bytes`);
      t.match(fields, { size, mtimeMs: 1_700_000_000_123, durable: false });
      t.same(fields['root'], rootOf(content));
      t.ok(readFileSync(join(dir, `size/${size}`)).equals(content));
      t.equal(Math.floor(statSync(join(dir, `size/${size}`)).mtimeMs * 1000), 1_700_000_000_123_000);
    }
  });

  t.test('acknowledges each chunk as written before it publishes (P-6.5)', async (t) => {
    const stream = peer.request('PUT', { path: 'acknowledged', size: 2 * CHUNK, want: 2 });
    const content = randomBytes(2 * CHUNK);
    await peer.sendChunks(stream, content);
    const written = new Set<number>();
    while (written.size < 2) {
      const { fields } = await peer.next('ACK', stream);
      t.equal(fields['grade'], 2);
      const pairs = fields['chunks'] as number[];
      for (let i = 0; i < pairs.length; i += 2) for (let n = 0; n < pairs[i + 1]!; n++) written.add(pairs[i]! + n);
    }
    t.same([...written].sort(), [0, 1]);
    t.notOk(files().includes('acknowledged'), 'not published before COMMIT');
    peer.send('COMMIT', stream, { size: content.length, root: rootOf(content) });
    t.equal(await peer.outcome(stream), 'RESULT');
  });

  t.test('chunks in any order, of unknown size', async (t) => {
    const content = randomBytes(2 * CHUNK + 5);
    const stream = peer.request('PUT', { path: 'unordered', want: 3 });
    let credit = await peer.next('CREDIT', stream);
    while (credit.fields['chunks'] !== 3) credit = await peer.next('CREDIT', stream);
    for (const chunk of [2, 0, 1]) {
      peer.sendChunk(stream, credit.epoch, chunk * CHUNK, content.subarray(chunk * CHUNK, (chunk + 1) * CHUNK));
    }
    peer.send('COMMIT', stream, { size: content.length, root: rootOf(content) });
    t.equal(await peer.outcome(stream), 'RESULT');
    t.ok(readFileSync(join(dir, 'unordered')).equals(content));
  });

  t.test('a corrupt chunk is refused and taken when it comes again (P-6.6)', async (t) => {
    const content = randomBytes(CHUNK + 9);
    const stream = peer.request('PUT', { path: 'corrupt', size: content.length, want: 3 });
    const { epoch } = await peer.next('CREDIT', stream);
    const damaged = Buffer.from(content.subarray(0, CHUNK));
    damaged[777]! ^= 0x10;
    peer.sendChunk(stream, epoch, 0, damaged, leafOf(content.subarray(0, CHUNK)));
    const resend = await peer.next('RESEND', stream);
    t.match(resend.fields, { offset: 0, epoch, reason: 'digest' });
    let limit = 0;
    while (limit < 3) limit = (await peer.next('CREDIT', stream)).fields['chunks'] as number;
    peer.sendChunk(stream, epoch, 0, content.subarray(0, CHUNK));
    peer.sendChunk(stream, epoch, CHUNK, content.subarray(CHUNK));
    peer.send('COMMIT', stream, { size: content.length, root: rootOf(content) });
    t.equal(await peer.outcome(stream), 'RESULT');
    t.ok(readFileSync(join(dir, 'corrupt')).equals(content));
  });

  t.test('nine corrupt chunks end the stream', async (t) => {
    const stream = peer.request('PUT', { path: 'rotten', size: 10, want: 1 });
    for (let i = 1; i <= 9; i++) {
      const { epoch } = await peer.take((f) => f.name === 'CREDIT' && f.stream === stream && f.fields['chunks'] === i);
      peer.sendChunk(stream, epoch, 0, Buffer.alloc(10), Buffer.alloc(32));
    }
    t.equal(await peer.outcome(stream), 'digest-mismatch');
    nothingBelow(t, 'rotten');
  });

  const content = randomBytes(CHUNK + 100);
  const commits = [
    {
      what: 'another root',
      code: 'digest-mismatch',
      put: { size: content.length },
      commit: { size: content.length, root: Buffer.alloc(32) },
    },
    {
      what: 'another size than PUT',
      code: 'size-mismatch',
      put: { size: content.length },
      commit: { size: content.length - 1, root: rootOf(content) },
    },
    {
      what: 'a larger size than arrived',
      code: 'size-mismatch',
      put: {},
      commit: { size: 3 * CHUNK, root: rootOf(content) },
    },
    {
      what: 'a size a little larger',
      code: 'size-mismatch',
      put: {},
      commit: { size: content.length + 1, root: rootOf(content) },
    },
    {
      what: 'a smaller size than arrived',
      code: 'size-mismatch',
      put: {},
      commit: { size: CHUNK, root: rootOf(content.subarray(0, CHUNK)) },
    },
  ];
  for (const { what, code, put, commit } of commits) {
    t.test(`COMMIT of ${what}: ${code}, and the old file stands`, async (t) => {
      writeFileSync(join(dir, 'standing'), 'old');
      const stream = peer.request('PUT', { path: 'standing', want: 2, ...put });
      await peer.sendChunks(stream, content);
      peer.send('COMMIT', stream, commit);
      t.equal(await peer.outcome(stream), code);
      t.equal(readFileSync(join(dir, 'standing'), 'utf8'), 'old');
      t.same(partials(), []);
    });
  }

  t.test('a short chunk in the middle can not pass for a whole one (P-6.4)', async (t) => {
    const stream = peer.request('PUT', { path: 'gap', want: 2 });
    let credit = await peer.next('CREDIT', stream);
    while (credit.fields['chunks'] !== 2) credit = await peer.next('CREDIT', stream);
    peer.sendChunk(stream, credit.epoch, 0, content.subarray(0, 5_000));
    peer.sendChunk(stream, credit.epoch, CHUNK, content.subarray(0, 100));
    peer.send('COMMIT', stream, { size: CHUNK + 100, root: rootOf(content) });
    t.equal(await peer.outcome(stream), 'size-mismatch');
    nothingBelow(t, 'gap');
  });

  t.test('cancelled in mid-chunk', async (t) => {
    const stream = peer.request('PUT', { path: 'cancelled', size: CHUNK, want: 1 });
    const { epoch } = await peer.next('CREDIT', stream);
    const part = data(stream, epoch, 0, content.subarray(0, 262_144));
    peer.write(part, data(stream, epoch, 262_144, content.subarray(0, 262_144)).subarray(0, 10_000));
    peer.write(data(stream, epoch, 262_144, content.subarray(0, 262_144)).subarray(10_000));
    peer.send('CANCEL', stream);
    t.equal(await peer.outcome(stream), 'cancelled');
    nothingBelow(t, 'cancelled');
  });

  const names: [string, string][] = [
    ['', 'bad-path'], ['/etc/passwd', 'bad-path'], ['../up', 'bad-path'], ['a/../../up', 'bad-path'], ['a//b', 'bad-path'], ['a/', 'bad-path'],
    ['.', 'bad-path'], ['a\0b', 'bad-path'], ['a\nb', 'bad-path'], ['a\\b', 'bad-path'], ['x'.repeat(256), 'bad-path'],
    [Array.from({ length: 2_100 }, () => 'a').join('/'), 'bad-path'], ['.sluice/lock', 'reserved-name'], ['.SLUICE', 'reserved-name'],
    ['a/.ſluice', 'reserved-name'], ['.slu\u200bice/x', 'reserved-name'],
  ]; // prettier-ignore
  t.test('names that are not allowed (R14)', async (t) => {
    for (const [path, code] of names) {
      t.equal(
        await peer.outcome(peer.request('PUT', { path, size: 1, want: 1 })),
        code,
        JSON.stringify(path.slice(0, 40)),
      );
      const small = peer.request('PUT', { path, size: 1, root: rootOf(Buffer.of(7)) });
      peer.write(data(small, 0, 0, Buffer.of(7), leafOf(Buffer.of(7))));
      t.equal(await peer.outcome(small), code, 'eagerly');
    }
  });

  t.test('ifAbsent and ifMatch (P-7.6)', async (t) => {
    const first = await peer.put('guarded', Buffer.from('one'), { ifAbsent: true });
    t.equal(first.name, 'RESULT');
    const again = await peer.put('guarded', Buffer.from('two'), { ifAbsent: true });
    t.equal(again.fields['name'], 'exists');
    const version = first.fields['version'] as string;
    const matched = await peer.put('guarded', Buffer.from('two!'), { ifMatch: version });
    t.equal(matched.name, 'RESULT');
    t.equal((await peer.put('guarded', Buffer.from('3'), { ifMatch: version })).fields['name'], 'precondition-failed');
    t.equal(readFileSync(join(dir, 'guarded'), 'utf8'), 'two!');
    mkdirSync(join(dir, 'folder'));
    t.equal((await peer.put('folder', Buffer.from('3'))).fields['name'], 'not-a-file');
  });
});

const breaches: { what: string; code: string; bytes: (stream: number, epoch: number) => Buffer }[] = [
  {
    what: 'DATA of an epoch that was not begun',
    code: 'over-credit',
    bytes: (s, e) => data(s, e + 1, 0, Buffer.alloc(5_000)),
  },
  {
    what: 'a fragment that begins no chunk',
    code: 'bad-frame',
    bytes: (s, e) => data(s, e, 4_096, Buffer.alloc(5_000)),
  },
  { what: 'an empty fragment', code: 'bad-frame', bytes: (s, e) => data(s, e, 0, Buffer.alloc(0)) },
  { what: 'a fragment below 4,096 bytes', code: 'bad-frame', bytes: (s, e) => data(s, e, 0, Buffer.alloc(4_095)) },
  {
    what: 'DATA beyond the end of the file',
    code: 'bad-frame',
    bytes: (s, e) => data(s, e, 2 * CHUNK, Buffer.alloc(5_000)),
  },
  {
    what: 'COMMIT twice',
    code: 'wrong-state',
    bytes: (s, e) =>
      Buffer.concat([
        data(s, e, 0, Buffer.alloc(5_000)),
        message('COMMIT', s, { size: 2 * CHUNK, root: Buffer.alloc(32) }),
        message('COMMIT', s, { size: 2 * CHUNK, root: Buffer.alloc(32) }),
      ]),
  },
];
t.test('breaches of an upload end the connection and leave nothing', async (t) => {
  const { client, partials, files, server } = await startServer(t);
  for (const { what, code, bytes } of breaches) {
    const peer = await client();
    const stream = peer.request('PUT', { path: 'breach', size: 2 * CHUNK, want: 1 });
    const { epoch } = await peer.next('CREDIT', stream);
    peer.write(bytes(stream, epoch));
    t.equal(await peer.connectionError(), code, what);
    await peer.closed;
  }
  await server.close();
  t.same(files(), []);
  t.same(partials(), []);
});
