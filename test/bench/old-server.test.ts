import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import t, { type Test } from 'tap';
import { startListener } from '../../bench/child.js';
import { oldDownload, oldUpload } from '../../bench/old/client.js';
import { LegacyPeer } from '../fixtures/legacy-peer.js';
import { oldClient } from '../fixtures/old-client.js';

const MAIN = 'dist/bench/old/server.js';
if (!existsSync(MAIN)) throw new Error('the benchmarks are not built: npm run build');

for (const pool of ['thread', 'process']) {
  const start = async (t: Test, workers: number) => {
    const served = join(t.testdir({ served: {} }), 'served');
    const words = [process.execPath, MAIN, served, '--pool', pool, '--workers', String(workers)];
    const { child, port } = await startListener(words);
    t.teardown(() => child.kill());
    return { served, port };
  };

  t.test(`${pool} pool: requests of an independent old client`, async (t) => {
    const { served, port } = await start(t, 2);
    const [sent, back] = [join(served, '../sent'), join(served, '../back')];
    const content = randomBytes(100_003);
    writeFileSync(sent, content);
    mkdirSync(join(served, 'no-dot'));
    const operations = ['list', 'upload', 'a b.bin', sent, 'list', 'get', 'a b.bin', back];
    const json = ['--dialect', 'json'];
    t.same(await oldClient(port, [...json, ...operations, 'delete', 'a b.bin', 'delete', 'a b.bin']), [
      { status: 'OK', data: [] },
      { status: 'OK', data_namafile: 'a b.bin' },
      { status: 'OK', data: ['a b.bin'] },
      { status: 'OK', data_namafile: 'a b.bin', content_field: 'data_file' },
      { status: 'OK', data: 'File a b.bin deleted successfully' },
      { status: 'ERROR', data: 'File a b.bin not found' },
    ]);
    t.ok(readFileSync(back).equals(content));
    const [uploaded, missing] = await oldClient(port, [
      ...[...json, '--one-connection', '--late-end', '--pieces', '777'],
      ...['upload', 'ä.bin', sent, 'get', 'missing.bin', back],
    ]);
    t.same(uploaded, { status: 'OK', data_namafile: 'ä.bin' });
    t.equal(missing!['status'], 'ERROR');
    t.ok(readFileSync(join(served, 'ä.bin')).equals(content));
  });

  t.test(`${pool} pool: the old client, and what is sent in one piece with the next request`, async (t) => {
    const { served, port } = await start(t, 1);
    const [sent, back] = [join(served, '../sent'), join(served, '../back')];
    writeFileSync(sent, randomBytes(50_000));
    const place = { host: '127.0.0.1', port };
    await oldUpload(place, sent, 'a.bin');
    await oldDownload(place, 'a.bin', back);
    t.ok(readFileSync(back).equals(readFileSync(sent)));
    await t.rejects(oldDownload(place, 'missing.bin', back), /the server says: .*missing\.bin/);
    const peer = new LegacyPeer(port);
    peer.send('{"command": "LIST", "params": []}\r\n\r\n{"command": "PURGE", "params": []}\r\n\r\n');
    t.same(await peer.rawReply(), '{"status": "OK", "data": ["a.bin"]}');
    t.same(await peer.rawReply(), '{"status": "ERROR", "data": "request tidak dikenali"}');
    t.equal((await peer.ask('{"command": "UPLOAD", "params": ["../a.bin", ""]}'))['status'], 'ERROR');
    t.equal((await peer.ask('{"command": '))['status'], 'ERROR');
    peer.close();
  });

  t.test(`${pool} pool: a connection has its worker until it ends, others wait`, async (t) => {
    const { port } = await start(t, 1);
    const list = '{"command": "LIST", "params": []}';
    const [first, second] = [new LegacyPeer(port), new LegacyPeer(port)];
    await first.ask(list);
    second.send(`${list}\r\n\r\n`);
    for (let round = 0; round < 50; round++) await first.ask(list);
    t.equal(second.untaken, '', 'fifty round trips long');
    first.close();
    t.same(await second.reply(), { status: 'OK', data: [] });
    second.close();
  });
}
