import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { connect } from '../../../lib/client/index.js';
import { silentLogger } from '../../../lib/server/index.js';
import type { ProtocolError } from '../../../protocol/errors.js';
import { Gate } from '../../fixtures/gated-store.js';
import { large, peakMemory, roomFor } from '../../fixtures/large.js';
import { oldClient } from '../../fixtures/old-client.js';
import { startServeProcess } from '../../fixtures/serve-process.js';
import { temporaryFolder } from '../../fixtures/server.js';
import { base64, startLegacyServer } from './legacy-server.js';

const T = '\r\n\r\n';
const MIB = 1_048_576;
/** Two slots for uploads, two for downloads. */
const LITTLE = { memory: 4 * MIB };

for (const socketPath of ['direct', 'plain'] as const) {
  t.test(
    `twenty uploads at once through two slots, and clients of the new protocol beside them, ${socketPath}`,
    async (t) => {
      const { peer, dir, port, partials } = await startLegacyServer(t, { ...LITTLE, socketPath });
      const contents = Array.from({ length: 20 }, (_, i) => randomBytes(3 * MIB + i));
      const uploads = contents.map(async (content, i) => {
        t.match(await peer().ask(`UPLOAD file-${i} ${base64(content)}`), { status: 'OK' });
      });
      const client = await connect(`sluice://127.0.0.1:${port}`);
      t.teardown(() => client.close());
      const [first] = contents;
      const puts = Array.from({ length: 5 }, (_, i) => client.put(first!, `new-${i}`));
      await Promise.all([...uploads, ...puts]);
      contents.forEach((content, i) => t.ok(readFileSync(join(dir, `file-${i}`)).equals(content)));
      t.ok(readFileSync(join(dir, 'new-4')).equals(first!));
      t.same(partials(), []);
    },
  );
}

t.test('an upload that gets no memory in time is told so; its connection goes on', async (t) => {
  const gate = new Gate();
  const { peer, files } = await startLegacyServer(t, {
    ...LITTLE,
    wrapStore: gate.wrap,
    slotTiming: { floorWait: 50, tick: 10 },
  });
  const [first, second] = [peer(), peer()];
  const content = base64(randomBytes(5 * MIB));
  first.send(`UPLOAD first ${content}${T}`);
  await gate.untilWaiting(2);
  second.send(`UPLOAD second ${content}${T}LIST${T}`);
  t.match(await second.reply(), { status: 'ERROR', data: /no memory for the upload became free in time/ });
  gate.open();
  t.match(await first.reply(), { status: 'OK' });
  t.match(await second.reply(), { status: 'OK' });
  t.same(files(), ['first']);
});

t.test('uploads that stand still give way to others', async (t) => {
  const { peer, files, partials } = await startLegacyServer(t, {
    ...LITTLE,
    slotTiming: { unusedGrant: 50, minFillRate: 100_000, tick: 10 },
  });
  const content = base64(randomBytes(2 * MIB));
  const stalled = [peer(), peer()];
  for (const [i, client] of stalled.entries()) client.send(`UPLOAD stalled-${i} ${content.slice(0, 500_000)}`);
  t.match(await peer().ask(`UPLOAD moving ${content}`), { status: 'OK' });
  const replies = await Promise.all(
    stalled.map((client) => {
      client.send(content.slice(500_000) + T);
      return client.reply();
    }),
  );
  t.ok(
    replies.some(({ status }) => status === 'ERROR'),
    'at least one had to',
  );
  for (const { status, data } of replies) if (status === 'ERROR') t.match(data, /too slowly while others waited/);
  t.equal(files().length, 1 + replies.filter(({ status }) => status === 'OK').length);
  t.same(partials(), []);
});

t.test('readers that stand still are cut while others have no memory', async (t) => {
  const state = { cut: '' };
  const info = (fields: object): void => void (state.cut = (fields as { err: ProtocolError }).err.code);
  const { peer, dir } = await startLegacyServer(t, {
    ...LITTLE,
    logger: { ...silentLogger, info },
    readTiming: { minRate: 100_000, window: 60, tick: 10 },
  });
  writeFileSync(join(dir, 'large'), randomBytes(20 * MIB));
  writeFileSync(join(dir, 'small'), 'hello');
  for (const client of [peer(), peer()]) {
    client.send(`GET large${T}`);
    client.socket.pause();
  }
  const other = peer();
  // As long as the sockets between take what is sent, there are slots for everybody.
  while (state.cut === '') t.match(await other.ask('GET small'), { data_file: 'aGVsbG8=' });
  t.equal(state.cut, 'timeout');
  t.match(await other.ask('GET small'), { data_file: 'aGVsbG8=' });
});

t.test('a reader that stands still alone is waited for', async (t) => {
  const { peer, dir } = await startLegacyServer(t, {
    ...LITTLE,
    readTiming: { minRate: 100_000, window: 20, tick: 5 },
  });
  const content = randomBytes(10 * MIB);
  writeFileSync(join(dir, 'large'), content);
  const slow = peer();
  slow.send(`GET large${T}`);
  await new Promise((resolve) => slow.socket.once('data', resolve));
  slow.socket.pause();
  const other = peer();
  for (let i = 0; i < 50; i++) await other.ask('LIST');
  slow.socket.resume();
  t.equal((await slow.reply())['data_file'], content.toString('base64'));
});

t.test('an upload of 1 GiB: memory stays under the slab and 150 MiB', large, async (t) => {
  const dir = temporaryFolder(t, roomFor(1_100));
  const { port, pid } = await startServeProcess(t, { dir, memory: 64 * MIB });
  const [reply] = await oldClient(port, ['--generate', '1024', 'upload', 'gigabyte.bin', '-']);
  t.match(reply, { status: 'OK', data_namafile: 'gigabyte.bin' });
  t.ok(peakMemory(pid) < 64 + 150, `${peakMemory(pid)} MiB at most`);
  const expected = createHash('sha256');
  const pattern = Buffer.alloc(
    768 * 1_024,
    Uint8Array.from({ length: 256 }, (_, i) => i),
  );
  for (let left = 1_024 * MIB; left > 0; left -= pattern.length) expected.update(pattern.subarray(0, left));
  const stored = createHash('sha256');
  for await (const piece of createReadStream(join(dir, 'gigabyte.bin'), { highWaterMark: MIB }))
    stored.update(piece as Buffer);
  t.equal(stored.digest('hex'), expected.digest('hex'));
});
