import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as net from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import t from 'tap';
import type { Client, ConnectOptions } from '../../../lib/client/api.js';
import { connect } from '../../../lib/client/connect.js';
import { failureOf } from '../../fixtures/raw-peer.js';
import { temporaryFolder } from '../../fixtures/server.js';

/** Servers that break the rules, or stand still: each time a clear error, nothing hangs, nothing is left. */

type Test = { teardown(fn: () => unknown): void };
const T = '\r\n\r\n';

/** A server that does `serve` to each connection, and a client of it. */
async function against(
  t: Test,
  serve: (socket: net.Socket) => unknown,
  options: ConnectOptions = {},
): Promise<{ client: Client; sockets: Set<net.Socket> }> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    serve(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const client = await connect({ host: '127.0.0.1', port }, { protocol: 'legacy-json', ...options });
  t.teardown(async () => {
    await client.close();
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { client, sockets };
}

async function list(client: Client, path: string): Promise<unknown[]> {
  const entries: unknown[] = [];
  for await (const entry of client.list(path)) entries.push(entry);
  return entries;
}

/** The client has left it, in whatever way. */
function over(socket: net.Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.destroyed || socket.readableEnded) resolve();
    socket.once('end', resolve).once('close', () => resolve());
  });
}

/** Answers once the request is there. */
const answer =
  (...pieces: (string | Uint8Array)[]) =>
  (socket: net.Socket): void => {
    let asked = '';
    socket.on('data', (bytes) => {
      asked += bytes.toString('latin1');
      if (!asked.endsWith(T)) return;
      for (const piece of pieces) socket.write(piece);
      socket.end();
    });
  };

const deep = `${'['.repeat(2_000)}${']'.repeat(2_000)}`;
const content = Buffer.alloc(300_000, 'x').toString('base64');

for (const [what, reply, code, message] of [
  [
    'base64 with a character of another alphabet',
    `{"status": "OK", "data_file": "aGVsbG8_"}${T}`,
    'bad-reply',
    /base64/,
  ],
  ['base64 with white space', `{"status": "OK", "data_file": "aGVs bG8="}${T}`, 'bad-reply', /base64/],
  ['base64 without its padding', `{"status": "OK", "data_file": "${content}aGVsbG8"}${T}`, 'bad-reply', /cut short/],
  ['base64 with a line end', `{"status": "OK", "data_file": "aGVs\r\nbG8="}${T}`, 'bad-reply', /line end/],
  ['JSON that is cut', `{"status": "OK", "data_file": "${content}`, 'bad-reply', /cut short/],
  ['JSON that is cut by its terminator', `{"status": "OK", "data_file": "aGVsbG8="${T}`, 'bad-reply', /cut short/],
  ['deep JSON', `{"status": "OK", "more": ${deep}, "data_file": ""}${T}`, 'bad-reply', /deep/],
  ['no JSON', `HTTP/1.1 400 Bad Request${T}`, 'bad-reply', /not JSON/],
  ['no status', `{"data_file": "aGVsbG8="}${T}`, 'bad-reply', /no status/],
  ['no content', `{"status": "OK"}${T}`, 'bad-reply', /without content/],
  ['another name', `{"status": "OK", "data_namafile": "../b", "data_file": ""}${T}`, 'bad-reply', /about '..\/b'/],
  ['something behind it', `{"status": "OK", "data_file": ""} x${T}`, 'bad-reply', /behind/],
  ['two contents', `{"status": "OK", "data": "${content}", "data_file": ""}${T}`, 'bad-reply', /two contents/],
  [
    'an error behind content',
    `{"data_file": "${content}", "status": "ERROR", "message": "no"}${T}`,
    'server-error',
    /no/,
  ],
  ['an error in words of its own', `{"status": "ERROR", "data": "penuh \\u00e4"}${T}`, 'server-error', /^penuh ä$/],
  ['an error without words', `{"status": "ERROR"}${T}`, 'server-error', /nothing more/],
  ['no reply', '', 'connection-lost', /without a reply/],
] as const) {
  t.test(`a get is answered with ${what}`, async (t) => {
    const { client } = await against(t, answer(reply));
    const folder = temporaryFolder(t);
    fs.writeFileSync(join(folder, 'a'), 'old');
    const error = await failureOf(client.get('a', join(folder, 'a')));
    t.match(error, { code, message });
    t.same(fs.readdirSync(folder), ['a']);
    t.equal(fs.readFileSync(join(folder, 'a'), 'utf8'), 'old');
  });
}

t.test('what is strange and right', async (t) => {
  const hello = Buffer.from('hello');
  for (const reply of [
    `{"status": "ok", "data_file": "aGVsbG8="}${T}`,
    `{"data": "ini filenya", "data_file": "aGVsbG8=", "status": "OK"}${T}`,
    `{"status": "OK", "data_file": null, "file_content": "aGVsbG8="}${T}`,
    `{"status": "OK", "data": "aGVsbG8="}`,
    `{"status":"OK","data_namafile":"/srv/files/a","data_file":"aGVsbG8="}${T}${T}`,
    `\r\n{"status": "OK", "data_file": "aGVsbG8=", "file_content": "${content}"}${T}`,
    `{"status": "OK", "data_file": "\\u0061GVsbG8="}${T}`,
  ]) {
    const { client } = await against(t, answer(reply));
    t.same(Buffer.from((await client.getBuffer('a')).content), hello, reply.slice(0, 60));
  }
});

t.test('a reply without end, where it is no content', async (t) => {
  for (const [begin, piece] of [
    ['{"status": "OK", "data": [', '"name", '.repeat(8_000)],
    ['{"status": "OK", "more": "', 'x'.repeat(60_000)],
    ['{"status": "ERROR", "message": "', 'x'.repeat(60_000)],
    [' ', ' '.repeat(60_000)],
  ] as const) {
    const { client, sockets } = await against(t, (socket) => {
      const more = (): void => {
        while (!socket.destroyed && socket.write(piece));
      };
      socket.write(begin);
      socket.on('drain', more);
      more();
    });
    t.match(await failureOf(client.getBuffer('a')), { code: 'bad-reply', message: /too long/ }, begin);
    await over([...sockets][0]!);
  }
});

t.test('a list of more names than anybody keeps', async (t) => {
  const { client } = await against(t, (socket) => {
    const piece = `"${'n'.repeat(200)}", `.repeat(1_000);
    const more = (): void => {
      while (!socket.destroyed && socket.write(piece));
    };
    socket.write('{"status": "OK", "data": [');
    socket.on('drain', more);
    more();
  });
  t.match(await failureOf(list(client, '')), { code: 'bad-reply', message: /too long/ });
});

t.test('no terminator, and no end', async (t) => {
  const { client } = await against(t, (socket) => socket.write('{"status": "OK", "data_file": "aGVsbG8="}'), {
    timeoutMs: 100,
  });
  const folder = temporaryFolder(t);
  t.match(await failureOf(client.get('a', join(folder, 'a'))), { code: 'timeout', message: /--timeout/ });
  t.same(fs.readdirSync(folder), []);
});

t.test('a server that never answers, and one that never reads', async (t) => {
  const silent = await against(t, (socket) => socket.resume(), { timeoutMs: 100 });
  t.match(await failureOf(silent.client.put(Buffer.from('x'), 'a')), { code: 'timeout' });
  t.match(await failureOf(silent.client.remove('a')), { code: 'timeout' });
  const deaf = await against(t, (socket) => socket.pause(), { timeoutMs: 300 });
  t.match(await failureOf(deaf.client.put(Buffer.alloc(30_000_000), 'a')), { code: 'timeout' });
});

t.test('an upload that is answered before it was sent', async (t) => {
  const early = (reply: string) => (socket: net.Socket) => {
    socket.once('data', () => socket.write(reply));
    socket.resume();
  };
  const refusing = await against(t, early(`{"status": "ERROR", "data": "penyimpanan penuh"}${T}`));
  const endless = (): Readable =>
    new Readable({
      read() {
        this.push(Buffer.alloc(65_536));
      },
    });
  const source = endless();
  t.match(await failureOf(refusing.client.put(source, 'a')), { code: 'server-error', message: 'penyimpanan penuh' });
  t.ok(source.destroyed);
  const agreeing = await against(t, early(`{"status": "OK", "data": "File berhasil diupload"}${T}`));
  t.match(await failureOf(agreeing.client.put(endless(), 'a')), { code: 'digest-mismatch', message: /cut short/ });
});

t.test('an upload that is stored under another name', async (t) => {
  const { client } = await against(t, answer(`{"status": "OK", "data_namafile": "b"}${T}`));
  t.match(await failureOf(client.put(Buffer.from('x'), 'a')), { code: 'bad-reply', message: /'b' instead/ });
});

t.test('the connection ends in mid-content', async (t) => {
  const { client } = await against(t, (socket) => {
    socket.once('data', () => socket.write(`{"status": "OK", "data_file": "${content}`, () => socket.destroy()));
  });
  const folder = temporaryFolder(t);
  t.match(await failureOf(client.get('a', join(folder, 'a'))), { code: 'bad-reply', message: /cut short/ });
  t.same(fs.readdirSync(folder), []);
});

t.test('a source that changes, fails or is not there', async (t) => {
  const received: Buffer[] = [];
  const { client, sockets } = await against(t, (socket) => socket.on('data', (bytes) => received.push(bytes)));
  const folder = temporaryFolder(t);
  const path = join(folder, 'source');
  fs.writeFileSync(path, randomBytes(30_000_000));
  const putting = failureOf(
    client.put(path, 'a', { onProgress: ({ bytes }) => bytes < 29_000_000 && fs.appendFileSync(path, 'more') }),
  );
  t.match(await putting, { code: 'source-changed' });
  const broken = Readable.from(
    (function* () {
      yield Buffer.alloc(100);
      throw new Error('it broke');
    })(),
  );
  t.match(await failureOf(client.put(broken, 'a')), { message: 'it broke' });
  t.match(await failureOf(client.put(join(folder, 'none'), 'a')), { code: 'local-not-found' });
  for (const socket of sockets) await over(socket);
  t.notOk(Buffer.concat(received).includes(T), 'no server takes it for a whole request');
});

t.test('aborted, closed', async (t) => {
  const { client } = await against(t, (socket) => socket.write(`{"status": "OK", "data_file": "${content}`));
  const folder = temporaryFolder(t);
  const controller = new AbortController();
  const reason = new Error('enough');
  const getting = failureOf(
    client.get('a', join(folder, 'a'), { signal: controller.signal, onProgress: () => undefined }),
  );
  const putting = failureOf(client.put(Buffer.from('x'), 'b', { signal: controller.signal }));
  const many = Array.from({ length: 30 }, () => failureOf(client.remove('a', { signal: controller.signal })));
  controller.abort(reason);
  for (const failing of [getting, putting, ...many]) t.equal(await failing, reason);
  t.equal(await failureOf(client.get('a', join(folder, 'a'), { signal: controller.signal })), reason);
  const others = Array.from({ length: 30 }, () => failureOf(client.remove('a')));
  await client.close();
  await client.closed;
  for (const failing of others) t.match(await failing, { code: 'closed' });
  t.match(await failureOf(client.remove('a')), { code: 'closed' });
  t.same(fs.readdirSync(folder), []);
});

t.test('a destination that cannot be written', async (t) => {
  const { client } = await against(t, answer(`{"status": "OK", "data_file": "${content}"}${T}`));
  const folder = temporaryFolder(t);
  t.match(await failureOf(client.get('a', folder)), { code: 'local-is-folder' });
  t.match(await failureOf(client.get('a', join(folder, 'none/a'))), { code: 'local-not-found' });
  t.same(fs.readdirSync(folder), []);
});

t.test('what the dialects cannot do fails before anything is sent', async (t) => {
  for (const protocol of ['legacy-json', 'legacy-text'] as const) {
    const { client, sockets } = await against(t, () => undefined, { protocol });
    for (const failing of [
      client.stat('a'),
      client.rename('a', 'b'),
      client.mkdir('a'),
      client.hash('a', 'sha256'),
      client.getTree('a', 'b'),
      client.put(Buffer.from('x'), 'a', { ifAbsent: true }),
      client.put(Buffer.from('x'), 'a', { ifMatch: 'x' }),
      client.put(Buffer.from('x'), 'a', { mode: 0o600 }),
      client.put(Buffer.from('x'), 'a', { mtimeMs: 0 }),
      client.putTree('/', 'a', { ifAbsent: true }),
      client.get('a', 'b', { range: { first: 0 } }),
      client.getBuffer('a', { ifMatch: 'x' }),
      list(client, 'folder'),
    ].map(failureOf)) {
      t.match(await failing, { code: 'unsupported', message: new RegExp(`^${protocol} can't .*stream`) });
    }
    t.match(await failureOf(client.put(Buffer.from('x'), '')), { code: 'bad-path' });
    t.equal(sockets.size, 0);
  }
  const { client } = await against(t, () => undefined, { protocol: 'legacy-text' });
  for (const name of ['a\nb', 'a\r\nb', 'a||b', ' a', 'a ', '"a"']) {
    t.match(await failureOf(client.remove(name)), { code: 'bad-path', message: /use legacy-json/ });
  }
});

t.test('nobody listens, and a protocol that is none', async (t) => {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  const client = await connect({ host: '127.0.0.1', port }, { protocol: 'legacy-text' });
  t.match(await failureOf(client.remove('a')), { code: 'connection-refused' });
  await client.close();
  const none = 'old' as 'stream';
  t.match(await failureOf(connect({ host: '127.0.0.1', port }, { protocol: none })), { code: 'bad-argument' });
});
