import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { StressRow } from '../../bench/stress/stress.js';
import { runBench } from '../fixtures/run-bench.js';
import { startServer, temporaryFolder } from '../fixtures/server.js';

const MAIN = 'dist/bench/stress/main.js';
if (!existsSync(MAIN)) throw new Error('the benchmarks are not built: npm run build');

/** As the published table has them. */
const COLUMNS =
  'server_pool,no,operation,file_mb,client_workers,server_workers,avg_time_s,throughput_bytes_per_s,client_success,client_fail';

t.test("the report's own command starts a server", async (t) => {
  const dir = temporaryFolder(t);
  const words = ['--operation', 'UPLOAD', '--method', 'thread', '--volume', '1', '--worker', '3'];
  const { code, stdout, stderr } = await runBench([MAIN, ...words, '--server-worker', '2', '--dir', dir]);
  t.equal(code, 0, stderr);
  const [columns, row, ...rest] = stdout.trimEnd().split('\n');
  t.same(columns!.split(/ +/).join(), COLUMNS);
  t.match(row!.split(/ +/).join(), /^thread,1,UPLOAD,1,3,2,\d+\.\d\d,\d+\.\d\d,3,0$/);
  t.same(rest, []);
  t.same(readdirSync(dir), [], 'nothing is left');
});

t.test('each protocol, clients that are processes, a server that is running already', async (t) => {
  const { port, files } = await startServer(t);
  const dir = temporaryFolder(t);
  for (const protocol of ['stream', 'legacy-json', 'legacy-text']) {
    const json = join(temporaryFolder(t), 'row.json');
    const words = ['--operation', 'download', '--method', 'process', '--volume', '1', '--worker', '2'];
    const target = ['--target', `127.0.0.1:${port}`, '--protocol', protocol];
    const { code, stdout, stderr } = await runBench([MAIN, ...words, ...target, '--json', json, '--dir', dir]);
    t.equal(code, 0, stderr);
    t.match(stdout, /\n- +1 +DOWNLOAD +1 +2 +- .* +2 +0\n$/);
    const row = JSON.parse(readFileSync(json, 'utf8')) as StressRow;
    t.match(row, { server_pool: null, server_workers: null, client_success: 2, client_fail: 0 });
    t.equal(row.throughput_bytes_per_s, 1_048_576 / row.avg_time_s!);
    t.same(files(), [], 'nothing stays there');
  }
  t.same(readdirSync(dir), [], 'nothing is left');
});

t.test('clients that fail are counted, and the first one is heard', async (t) => {
  const { port } = await startServer(t, { legacy: false });
  const target = ['--target', `127.0.0.1:${port}`, '--protocol', 'legacy-json'];
  const { code, stdout, stderr } = await runBench([MAIN, ...target, '--volume', '1', '--worker', '2']);
  t.equal(code, 1);
  t.match(stdout, /\n- +1 +UPLOAD +1 +2 +- +- +- +0 +2\n$/);
  t.match(stderr, /^the first client that failed: .+\n$/);
});

t.test('bad options', async (t) => {
  const { code, stderr } = await runBench([MAIN, '--operation', 'LIST']);
  t.equal(code, 1);
  t.match(stderr, 'It is UPLOAD or DOWNLOAD.');
});
