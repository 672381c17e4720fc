import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import t from 'tap';
import { connect } from '../../lib/client/connect.js';
import { large, peakMemory, randomFile, roomFor } from '../fixtures/large.js';
import { startServeProcess } from '../fixtures/serve-process.js';
import { temporaryFolder } from '../fixtures/server.js';

const CLIENTS = 50;
const SLAB = 64;

t.test('50 clients put 100 MiB each at once and get them, on a slab of 64 MiB', large, async (t) => {
  const folder = temporaryFolder(t, roomFor(5_200));
  const dir = join(folder, 'served');
  const source = join(folder, 'source');
  execFileSync('mkdir', [dir]);
  randomFile(source, 100);
  const { port, pid } = await startServeProcess(t, { dir, memory: SLAB * 1_048_576 });
  const clients = await Promise.all(
    Array.from({ length: CLIENTS }, () => connect({ host: '127.0.0.1', port }, { timeoutMs: 120_000 })),
  );
  t.teardown(() => Promise.all(clients.map((client) => client.close())));
  await Promise.all(clients.map((client, i) => client.put(source, `file-${i}`)));
  for (let i = 0; i < CLIENTS; i++) execFileSync('cmp', [source, join(dir, `file-${i}`)]);
  t.ok(peakMemory(pid) < SLAB + 150, `uploads: ${peakMemory(pid)} MiB at most`);
  await Promise.all(
    clients.map(async (client, i) => {
      const target = join(folder, `got-${i}`);
      await client.get(`file-${i}`, target);
      execFileSync('cmp', [source, target]);
      execFileSync('rm', [target]);
    }),
  );
  t.ok(peakMemory(pid) < SLAB + 150, `and downloads: ${peakMemory(pid)} MiB at most`);
});
