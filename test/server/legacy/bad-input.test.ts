import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Logger } from '../../../lib/server/index.js';
import { silentLogger } from '../../../lib/server/index.js';
import type { ProtocolError } from '../../../protocol/errors.js';
import { temporaryFolder } from '../../fixtures/server.js';
import { base64, startLegacyServer } from './legacy-server.js';

const T = '\r\n\r\n';
const MIB = 1_048_576;

t.test('what is not understood gets one ERROR, and nothing behind it is looked at', async (t) => {
  const { peer, files, partials, dir } = await startLegacyServer(t);
  writeFileSync(join(dir, 'there'), 'x');
  const requests = [
    `FETCH a.bin${T}`,
    'GARBAGE',
    `POST / HTTP/1.1\r\nHost: localhost:45000\r\nContent-Length: 20${T}`,
    `GET /there HTTP/1.1${T}`,
    `POST /x||${'A'.repeat(16_400)} HTTP/1.1\r\nHost: localhost:45000${T}`,
    '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
    `{"command": "FETCH"}${T}`,
    `{"command": "LIST", "params": [${T}`,
    `{"command": "GET", "params": ["a${T}`,
    `{"x": ${'['.repeat(50)}`,
    `{"command": "UPLOAD", "params": ["a.bin", "${base64(randomBytes(2 * MIB))}${T}`,
    `{"filedata": "${base64(randomBytes(2 * MIB))}", "filename": "a.bin", "command": "STORE"}${T}`,
    `GET ${'a'.repeat(20_000)}`,
    `UPLOAD ${'ä'.repeat(20_000)}${T}`,
  ];
  for (const request of requests) {
    const client = peer();
    client.send(`${request}DELETE there${T}UPLOAD b.bin aGVsbG8=${T}`);
    const reply = await client.reply();
    t.equal(reply['status'], 'ERROR', request.slice(0, 40));
    t.equal(reply['data'], reply['message']);
    t.type(reply['data'], 'string');
    await client.end();
    t.equal(client.untaken, '');
  }
  t.same(files(), ['there']);
  t.same(partials(), []);
});

t.test('what is refused leaves nothing, and the connection goes on', async (t) => {
  const { peer, files, partials, dir } = await startLegacyServer(t);
  mkdirSync(join(dir, 'folder'));
  const outside = temporaryFolder(t);
  symlinkSync(outside, join(dir, 'link'));
  const large = base64(randomBytes(3 * MIB));
  const client = peer();
  const requests = [
    'UPLOAD a.bin @@@@!',
    'UPLOAD a.bin aGVsbG8',
    'UPLOAD a.bin aGVsbG8==',
    'UPLOAD a.bin aGVsbG9=',
    'UPLOAD a.bin aGV-bG8=',
    'UPLOAD a.bin aGVs\r\nbG8=',
    'UPLOAD a.bin aGVs\nbG8=',
    'UPLOAD a.bin 9 aGVsbG8=',
    `UPLOAD a.bin ${large.slice(0, 2_000_000)} ${large}`,
    `UPLOAD a.bin ${large}x`,
    `UPLOAD a.bin ${large.slice(0, 3_000_000)}=${large}`,
    `UPLOAD a.bin 77 ${large}`,
    '{"command": "UPLOAD", "params": ["a.bin", "aGVs bG8="]}',
    '{"command": "UPLOAD", "params": ["a.bin", "aGVsbG8"]}',
    '{"command": "UPLOAD", "params": ["a.bin", "aGVs\\nbG8="]}',
    '{"command": "UPLOAD", "params": ["a.bin", "aGVs\\u20acbG8="]}',
    `{"command": "UPLOAD", "params": ["a.bin", "${large}\\n"]}`,
    '{"command": "UPLOAD", "params": ["a.bin", 5e999]}',
    '{"command": "UPLOAD", "params": {"a.bin": "aGVsbG8="}}',
    '{"command": "GET", "params": [[]]}',
    '{"command": "GET", "params": [null]}',
  ];
  const names = [
    '../a',
    '/a',
    'a/../b',
    './a',
    'a//b',
    'a/',
    '.sluice/x',
    '.SLUICE/partial/x',
    'a\\b',
    'folder',
    'link/x',
    'link',
    'x'.repeat(256),
    'a\0b',
    'a\nb',
    `${'y/'.repeat(2_100)}z`,
  ];
  for (const name of names) {
    requests.push(`UPLOAD ${name} aGVsbG8=`, `{"command": "UPLOAD", "params": [${JSON.stringify(name)}, "aGVsbG8="]}`);
    if (!/^x+$/.test(name)) requests.push(`UPLOAD ${name} ${large}`);
    if (name !== 'link') requests.push(`DELETE ${name}`, `GET ${name}`);
  }
  for (const request of requests) {
    const reply = await client.ask(request);
    t.equal(reply['status'], 'ERROR', request.slice(0, 60));
    t.equal(reply['data'], reply['message']);
  }
  t.same(await client.ask('LIST'), { status: 'OK', data: [] });
  t.equal(client.untaken, '');
  t.same(files(), ['folder', 'link']);
  t.same(readdirSync(outside), []);
  t.same(partials(), []);
});

t.test('an upload that is cut leaves nothing, whatever stood there stands', async (t) => {
  const { peer, files, partials, dir, server } = await startLegacyServer(t);
  writeFileSync(join(dir, 'a.bin'), 'old');
  const text = base64(randomBytes(3 * MIB));
  for (const how of ['end', 'destroy'] as const) {
    for (const request of [
      `UPLOAD a.bin ${text}`,
      `{"command": "UPLOAD", "params": ["a.bin", "${text}`,
      `UPLOAD a.bin ${text}\r\n\r`,
    ]) {
      const client = peer();
      client.socket.write(request);
      if (how === 'end') {
        client.socket.end();
        t.match(await client.reply(), { status: 'ERROR', data: 'the request is cut short' });
        await client.end();
      } else {
        await new Promise((resolve) => client.socket.write('', resolve));
        client.close();
      }
    }
  }
  await server.close();
  t.same(files(), ['a.bin']);
  t.same(partials(), []);
});

t.test('a request that does not come to its end in time', async (t) => {
  const { peer, files, partials } = await startLegacyServer(t, {
    legacyTimeouts: { unterminated: 10, silence: 40, head: 80, idle: 20 },
  });
  const text = base64(randomBytes(2 * MIB));
  for (const request of [`UPLOAD a.bin ${text}`, 'UPLOAD a.bin', '{"command": "UPLOAD', 'DELETE a']) {
    const client = peer();
    client.send(request);
    t.match(await client.reply(), { status: 'ERROR', data: 'the request did not come to its end in time' });
    await client.end();
    t.equal(client.untaken, '');
  }
  const dribbling = peer();
  const timer = setInterval(() => dribbling.send(' '), 5);
  dribbling.send('{"command": "LIST"');
  t.match(await dribbling.reply(), { status: 'ERROR' }, 'a head may not take for ever');
  clearInterval(timer);
  const idle = peer();
  await idle.ask('LIST');
  idle.send(T);
  await idle.end();
  t.equal(idle.untaken, '', 'whoever asks nothing is told nothing');
  t.same(files(), []);
  t.same(partials(), []);
});

t.test('a client that never reads costs a bounded amount, and is cut in the end', async (t) => {
  let told: (code: string) => void;
  const failed = new Promise<string>((resolve) => (told = resolve));
  const logger: Logger = { ...silentLogger, info: (fields) => told((fields as { err: ProtocolError }).err.code) };
  const { peer, dir } = await startLegacyServer(t, { logger, legacyTimeouts: { stalled: 100 } });
  writeFileSync(join(dir, 'large'), randomBytes(30 * MIB));
  const client = peer();
  client.socket.pause();
  client.send(`GET large${T}`.repeat(100));
  t.equal(await failed, 'timeout');
});

t.test('--no-legacy: a readable refusal', async (t) => {
  const { peer, files } = await startLegacyServer(t, { legacy: false });
  for (const request of [`UPLOAD a.bin aGVsbG8=${T}`, `{"command": "LIST"}${T}`, `GET / HTTP/1.1${T}`]) {
    const client = peer();
    client.send(request);
    const reply = await client.reply();
    t.match(reply, { status: 'ERROR', data: /base64 protocol.*Sluice client/ });
    t.equal(reply['message'], reply['data']);
    await client.end();
    t.equal(client.untaken, '');
  }
  t.same(files(), []);
});

t.test('a file that changes in mid-reply ends the connection: there is no way to say it', async (t) => {
  const { peer, dir } = await startLegacyServer(t);
  writeFileSync(join(dir, 'growing'), randomBytes(12 * MIB));
  const client = peer();
  client.send(`GET growing${T}`);
  client.socket.once('data', () => {
    client.socket.pause();
    writeFileSync(join(dir, 'growing'), 'short');
    client.socket.resume();
  });
  await client.end();
  t.notMatch(client.untaken, /"}\r\n\r\n$/);
});
