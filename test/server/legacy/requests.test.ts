import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { base64, startLegacyServer } from './legacy-server.js';

const T = '\r\n\r\n';
const MIB = 1_048_576;

t.test('the replies of the text dialect', async (t) => {
  const { peer, dir } = await startLegacyServer(t);
  const client = peer();
  client.send(`LIST${T}`);
  t.equal(await client.rawReply(), '{"status": "OK", "data": []}');
  client.send(`UPLOAD a.bin aGVsbG8=${T}`);
  t.equal(await client.rawReply(), '{"status": "OK", "data": "File berhasil diupload", "data_namafile": "a.bin"}');
  t.equal(readFileSync(join(dir, 'a.bin'), 'utf8'), 'hello');
  client.send(`GET a.bin${T}`);
  t.equal(await client.rawReply(), '{"status": "OK", "data_namafile": "a.bin", "data_file": "aGVsbG8="}');
  client.send(`UPLOAD b c.txt ${T}LIST${T}`);
  await client.reply();
  t.equal(await client.rawReply(), '{"status": "OK", "data": ["a.bin", "b c.txt"]}');
  client.send(`DELETE a.bin${T}`);
  t.equal(await client.rawReply(), '{"status": "OK", "data": "File berhasil dihapus", "data_namafile": "a.bin"}');
  t.same(await client.ask('DELETE a.bin'), {
    status: 'ERROR',
    data: 'File tidak ditemukan',
    message: 'File tidak ditemukan',
  });
  const missing = "[Errno 2] No such file or directory: 'a.bin'";
  t.same(await client.ask('GET a.bin'), { status: 'ERROR', data: missing, message: missing });
  t.equal(client.untaken, '', 'not one byte more');
});

t.test('the replies of the JSON dialect', async (t) => {
  const { peer } = await startLegacyServer(t);
  const client = peer();
  t.same(await client.ask('{"command": "UPLOAD", "params": ["a.bin", "aGVsbG8="]}'), {
    status: 'OK',
    data: 'File a.bin uploaded successfully',
    data_namafile: 'a.bin',
  });
  client.send(`{"command": "GET", "params": ["a.bin"]}${T}`);
  t.equal(await client.rawReply(), '{"status": "OK", "data_namafile": "a.bin", "data_file": "aGVsbG8="}');
  client.send(`{"command": "get", "file_name": "a.bin"}${T}`);
  t.equal(await client.rawReply(), '{"status": "OK", "data_namafile": "a.bin", "file_content": "aGVsbG8="}');
  t.same(await client.ask('{"command": "DELETE", "params": ["a.bin"]}'), {
    status: 'OK',
    data: 'File a.bin deleted successfully',
    data_namafile: 'a.bin',
  });
  t.match(await client.ask('{"command": "DELETE", "params": ["a.bin"]}'), { data: 'File a.bin not found' });
  t.equal(client.untaken, '');
});

for (const socketPath of ['direct', 'plain'] as const) {
  for (const runtime of ['threads', 'processes'] as const) {
    t.test(`files of every length around a chunk, ${socketPath}, ${runtime}`, async (t) => {
      const { peer, dir, partials } = await startLegacyServer(t, { socketPath, runtime });
      const client = peer();
      for (const size of [1, 2, 3, MIB - 1, MIB, MIB + 1, 3 * MIB + 2]) {
        const bytes = randomBytes(size);
        const text = base64(bytes);
        t.match(await client.ask(`UPLOAD file ${text}`), { status: 'OK' }, `${size} bytes`);
        t.ok(readFileSync(join(dir, 'file')).equals(bytes));
        t.equal((await client.ask('GET file'))['data_file'], text);
      }
      t.same(partials(), []);
    });
  }
}

t.test('a file whose name, or command, comes behind its content', async (t) => {
  const { peer, dir, partials, files } = await startLegacyServer(t);
  const client = peer();
  const bytes = randomBytes(2 * MIB + 7);
  const content = base64(bytes);
  t.match(await client.ask(`{"filedata": "${content}", "filename": "a", "command": "UPLOAD"}`), { status: 'OK' });
  t.ok(readFileSync(join(dir, 'a')).equals(bytes));
  t.match(await client.ask(`{"filedata": "${content}", "filename": "../a", "command": "UPLOAD"}`), { status: 'ERROR' });
  t.match(await client.ask(`{"filedata": "${content}", "filename": "a", "command": "DELETE"}`), { status: 'OK' });
  t.match(await client.ask(`UPLOAD photo ${content.length} ${content}`), { data_namafile: 'photo' });
  t.match(await client.ask(`UPLOAD photo 7 ${content}`), { data_namafile: 'photo 7' });
  t.same(files(), ['photo', 'photo 7']);
  t.same(partials(), []);
});

for (const socketPath of ['direct', 'plain'] as const) {
  t.test(`several requests at once are answered in order, one reply each, ${socketPath}`, async (t) => {
    const { peer } = await startLegacyServer(t, { socketPath });
    const client = peer();
    const content = base64(randomBytes(700_000));
    const requests = Array.from(
      { length: 20 },
      (_, i) => `UPLOAD f${i} ${content}${T}GET f${i}${T}DELETE f${i}${T}${T}`,
    );
    client.send(requests.join('') + `LIST${T}`);
    for (let i = 0; i < 20; i++) {
      t.match(await client.reply(), { data_namafile: `f${i}`, data: 'File berhasil diupload' });
      t.equal((await client.reply())['data_file'], content);
      t.match(await client.reply(), { data_namafile: `f${i}`, data: 'File berhasil dihapus' });
    }
    t.same(await client.reply(), { status: 'OK', data: [] });
    t.equal(client.untaken, '');
  });
}

t.test('only files of the root folder are listed, in byte order, however many', async (t) => {
  const { peer, dir } = await startLegacyServer(t);
  mkdirSync(join(dir, 'folder.d'));
  writeFileSync(join(dir, 'folder.d', 'below'), '');
  symlinkSync('/etc/passwd', join(dir, 'link'));
  const names = Array.from({ length: 1_500 }, (_, i) => `n${String(i).padStart(5, '0')}`);
  for (const name of [...names, 'ä ö', 'UPPER', 'no-dot']) writeFileSync(join(dir, name), '');
  const client = peer();
  client.send(`LIST${T}`);
  const raw = await client.rawReply();
  t.match(raw, /^[\x20-\x7e]*$/, 'ASCII');
  t.same(JSON.parse(raw), { status: 'OK', data: ['UPPER', ...names, 'no-dot', 'ä ö'] });
});

t.test('a folder in the name is kept', async (t) => {
  const { peer, files } = await startLegacyServer(t);
  const client = peer();
  t.match(await client.ask('UPLOAD dir/sub/a.bin aGVsbG8='), { data_namafile: 'dir/sub/a.bin' });
  t.same(files(), ['dir', 'dir/sub', 'dir/sub/a.bin']);
  t.match(await client.ask('GET dir/sub/a.bin'), { data_file: 'aGVsbG8=' });
  t.same(await client.ask('LIST'), { status: 'OK', data: [] });
});

t.test('requests without terminator', async (t) => {
  const { peer, files } = await startLegacyServer(t, { legacyTimeouts: { unterminated: 20, unterminatedUpload: 20 } });
  const client = peer();
  client.send('LIST');
  t.same(await client.reply(), { status: 'OK', data: [] });
  client.send('{"command": "LIST"}');
  t.same(await client.reply(), { status: 'OK', data: [] });
  client.send('GET a.bin');
  t.match(await client.reply(), { status: 'ERROR' });
  client.send(`${T}LIST${T}`);
  t.same(await client.reply(), { status: 'OK', data: [] }, 'a terminator that comes late is a blank request');
  for (const request of ['LIST', 'GET a.bin', '{"command": "LIST"}']) {
    const closing = peer();
    closing.send(request);
    closing.socket.end();
    t.match(await closing.reply(), { status: request.startsWith('GET') ? 'ERROR' : 'OK' });
    await closing.end();
    t.equal(closing.untaken, '');
  }
  for (const request of [
    'UPLOAD a.bin aGVsbG8=',
    'DELETE a.bin',
    '{"command": "UPLOAD", "params": ["a", "QUJD"]}',
    'GET',
    'LIS',
  ]) {
    const closing = peer();
    closing.send(request);
    closing.socket.end();
    t.same(await closing.reply(), {
      status: 'ERROR',
      data: 'the request is cut short',
      message: 'the request is cut short',
    });
    await closing.end();
  }
  t.same(files(), []);
});

t.test('uploads without terminator, where they are allowed', async (t) => {
  const { peer, files, dir } = await startLegacyServer(t, {
    legacyUnterminated: true,
    legacyTimeouts: { unterminated: 20, unterminatedUpload: 30 },
  });
  const waiting = peer();
  waiting.send('UPLOAD a.bin aGVsbG8=');
  t.match(await waiting.reply(), { status: 'OK' });
  const large = randomBytes(MIB + 100);
  waiting.send(`UPLOAD large ${base64(large)}`);
  t.match(await waiting.reply(), { status: 'OK' });
  t.ok(readFileSync(join(dir, 'large')).equals(large));
  const closing = peer();
  closing.send('UPLOAD b.bin aGVsbG8=');
  closing.socket.end();
  t.match(await closing.reply(), { status: 'OK' });
  await closing.end();
  for (const cut of [
    'UPLOAD c.bin aGVsbG',
    'UPLOAD c.bin',
    `UPLOAD c.bin ${base64(large).slice(0, -2)}`,
    'DELETE a.bin',
  ]) {
    const peerOfCut = peer();
    peerOfCut.send(cut);
    peerOfCut.socket.end();
    t.match(await peerOfCut.reply(), { status: 'ERROR' });
    await peerOfCut.end();
  }
  t.same(files(), ['a.bin', 'b.bin', 'large']);
});

t.test('a request ends the wait for its terminator only by a while of quiet', async (t) => {
  const { peer, dir } = await startLegacyServer(t, { legacyTimeouts: { unterminated: 400 } });
  writeFileSync(join(dir, 'abcdefghij'), 'x');
  const client = peer();
  for (const letter of 'GET abcdefghij') {
    client.send(letter);
    await new Promise((resolve) => setImmediate(resolve));
  }
  t.match(await client.reply(), { data_namafile: 'abcdefghij' });
});

t.test('a server that stops finishes the request under way', async (t) => {
  const { peer, server, files } = await startLegacyServer(t);
  const [idle, busy] = [peer(), peer()];
  await idle.ask('LIST');
  await busy.ask('LIST');
  busy.send('UPLOAD a.bin aGVs');
  await idle.ask('LIST');
  const closed = server.close({ drainMs: 60_000 });
  await idle.end();
  busy.send(`bG8=${T}LIST${T}`);
  t.match(await busy.reply(), { status: 'OK' });
  await busy.end();
  t.equal(busy.untaken, '');
  await closed;
  t.same(files(), ['a.bin']);
});
