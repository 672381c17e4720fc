import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import t from 'tap';
import { partials, startServe } from '../../cli/command.js';
import { large, peakMemory, roomFor } from '../../fixtures/large.js';
import { LegacyPeer } from '../../fixtures/legacy-peer.js';
import { oldClient } from '../../fixtures/old-client.js';
import { temporaryFolder } from '../../fixtures/server.js';
import { base64 } from './legacy-server.js';

/** `sluice serve` as it is installed, on a slab of 64 MiB: what it uses at most, whatever old clients send. */

const T = '\r\n\r\n';
const MIB = 1_048_576;
const SLAB = 64;
const MOST = SLAB + 150;
const CLIENTS = 50;

async function start(t: { teardown(fn: () => unknown): void }, dir: string) {
  const { child, line } = await startServe(t, ['--workers', '2', '--memory', `${SLAB}MiB`], dir);
  return { port: Number(line.split(':').pop()), pid: child.pid! };
}

/** Of what the Python client makes up: all bytes in their order, 3,072 times, and that again up to 1 GiB. */
function generatedDigest(): string {
  const sha256 = createHash('sha256');
  const pattern = Buffer.alloc(
    768 * 1_024,
    Uint8Array.from({ length: 256 }, (_, i) => i),
  );
  for (let left = 1_024 * MIB; left > 0; left -= pattern.length) sha256.update(pattern.subarray(0, left));
  return sha256.digest('hex');
}

for (const dialect of ['text', 'json']) {
  t.test(`an upload of 1 GiB in ${dialect}: memory stays under the slab and 150 MiB`, large, async (t) => {
    const dir = temporaryFolder(t, roomFor(1_100));
    const { port, pid } = await start(t, dir);
    const upload = ['--dialect', dialect, '--generate', '1024', 'upload', 'gigabyte.bin', '-'];
    const [reply] = await oldClient(port, upload);
    t.match(reply, { status: 'OK', data_namafile: 'gigabyte.bin' });
    t.ok(peakMemory(pid) < MOST, `${peakMemory(pid)} MiB at most`);
    const stored = createHash('sha256');
    await pipeline(createReadStream(join(dir, 'gigabyte.bin'), { highWaterMark: MIB }), stored);
    t.equal(stored.digest('hex'), generatedDigest());
  });
}

t.test(`${CLIENTS} old clients at once: memory stays under the slab and 150 MiB`, large, async (t) => {
  const dir = temporaryFolder(t);
  const { port, pid } = await start(t, dir);
  const peers = Array.from({ length: CLIENTS }, () => new LegacyPeer(port));
  t.teardown(() => peers.forEach((peer) => peer.close()));
  // All of them are there before the first one begins.
  await Promise.all(peers.map((peer) => peer.ask('LIST')));

  const content = randomBytes(4 * MIB);
  const encoded = base64(content);
  // One copy for all: half of them speak one dialect, half the other.
  const shared = Buffer.from(encoded);
  await Promise.all(
    peers.map(async (peer, i) => {
      if (i % 2 === 0) peer.send(`UPLOAD file-${i} `, shared, T);
      else peer.send(`{"command": "UPLOAD", "params": ["file-${i}", "`, shared, `"]}${T}`);
      t.match(await peer.reply(), { status: 'OK' });
    }),
  );
  peers.forEach((_, i) => t.ok(readFileSync(join(dir, `file-${i}`)).equals(content)));
  t.ok(peakMemory(pid) < MOST, `uploads: ${peakMemory(pid)} MiB at most`);

  await Promise.all(
    peers.map(async (peer, i) => {
      const request = i % 2 === 0 ? `GET file-${i}` : `{"command": "GET", "params": ["file-${i}"]}`;
      t.ok((await peer.ask(request))['data_file'] === encoded);
    }),
  );
  t.ok(peakMemory(pid) < MOST, `and downloads: ${peakMemory(pid)} MiB at most`);
  t.same(partials(dir), []);
});
