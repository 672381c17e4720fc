import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { CHUNK, data } from '../fixtures/naive-frames.js';
import { RawClient } from '../fixtures/raw-client.js';
import { startServeProcess } from '../fixtures/serve-process.js';
import { temporaryFolder } from '../fixtures/server.js';

/** Small, so that all of it is touched early: memory that was set aside is no leak when it is used for the first time. */
const SLAB = 4 * CHUNK;

const openFiles = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;

/** Resident memory, MiB. */
function memory(pid: number): number {
  const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!;
  return Math.round(Number(kilobytes) / 1024);
}

/** One transfer that ends badly; the peer is undefined when the connection went with it. */
async function spoil(peer: RawClient, way: number): Promise<RawClient | undefined> {
  const content = Buffer.alloc(300_000, way);
  switch (way % 5) {
    case 0: {
      const stream = peer.request('PUT', { path: 'spoilt', size: CHUNK, want: 1 });
      const { epoch } = await peer.next('CREDIT', stream);
      peer.write(data(stream, epoch, 0, content.subarray(0, 100_000)));
      peer.send('CANCEL', stream);
      await peer.final(stream);
      return peer;
    }
    case 1: {
      const stream = peer.request('PUT', { path: 'spoilt', size: content.length, want: 1 });
      await peer.sendChunks(stream, content);
      peer.send('COMMIT', stream, { size: content.length, root: Buffer.alloc(32) });
      await peer.final(stream);
      return peer;
    }
    case 2: {
      const stream = peer.request('GET', { path: 'there', credit: 1 });
      await peer.next('DATA', stream);
      peer.send('CANCEL', stream);
      await peer.final(stream);
      return peer;
    }
    case 3: {
      const stream = peer.request('PUT', { path: 'spoilt', size: CHUNK, want: 1 });
      const { epoch } = await peer.next('CREDIT', stream);
      peer.write(data(stream, epoch, 0, content.subarray(0, 262_144)).subarray(0, 150_000));
      peer.close();
      return undefined;
    }
    default: {
      const stream = peer.request('GET', { path: 'there', credit: 3 });
      await peer.next('FILE', stream);
      peer.close();
      return undefined;
    }
  }
}

/** Spoils `count` transfers, then shows that all was given back: enough for whole uploads is there again. */
async function spoilMany(port: number, count: number): Promise<void> {
  let peer: RawClient | undefined;
  for (let i = 0; i < count; i++) peer = await spoil((peer ??= await RawClient.connect(port)), i);
  peer ??= await RawClient.connect(port);
  const content = randomBytes(4 * CHUNK);
  for (let n = 0; n < 3; n++) {
    const { name, fields } = await peer.put(`whole-${n}`, content);
    if (name !== 'RESULT') throw new Error(`after all was given back: ${JSON.stringify(fields)}`);
  }
  peer.socket.end();
  await peer.closed;
}

for (const socketPath of ['direct', 'plain'] as const) {
  t.test(
    `1,000 transfers that were cancelled, refused or cut leave nothing behind (${socketPath})`,
    { timeout: 120_000 },
    async (t) => {
      const dir = temporaryFolder(t);
      const { pid, port, collect } = await startServeProcess(t, { dir, socketPath, workers: 1, memory: SLAB });
      writeFileSync(join(dir, 'there'), randomBytes(2 * CHUNK));
      await spoilMany(port, 200);
      await collect();
      const before = { files: openFiles(pid), memory: memory(pid) };
      await spoilMany(port, 800);
      await collect();
      const after = { files: openFiles(pid), memory: memory(pid) };
      t.ok(after.files <= before.files, `${after.files} open files, ${before.files} after 200`);
      t.ok(after.memory < before.memory + 16, `${after.memory} MiB, ${before.memory} after 200`);
      t.same(readdirSync(join(dir, '.sluice', 'partial')), []);
      t.same(readdirSync(dir).sort(), ['.sluice', 'there', 'whole-0', 'whole-1', 'whole-2']);
    },
  );
}
