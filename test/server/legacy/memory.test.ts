import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { connect } from '../../../lib/client/index.js';
import { silentLogger } from '../../../lib/server/index.js';
import type { ProtocolError } from '../../../protocol/errors.js';
import { Gate } from '../../fixtures/gated-store.js';
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
    legacyTimeouts: { memory: 50 },
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

for (const runtime of ['threads', 'processes'] as const) {
  t.test(`uploads that stand still give way to others, and lose nothing by it, ${runtime}`, async (t) => {
    const { peer, dir, partials } = await startLegacyServer(t, {
      ...LITTLE,
      runtime,
      slotTiming: { unusedGrant: 20, minFillRate: 100_000, turn: 20, tick: 10 },
    });
    // One stands in its second chunk, one in its last, one comes to its end with nothing but what is parked.
    const contents = [randomBytes(2 * MIB), randomBytes(MIB - 7), randomBytes(600_000)];
    const cuts = [1_900_000, 500_000, 800_000];
    const stalled = contents.map(() => peer());
    stalled.forEach((client, i) => client.send(`UPLOAD stalled-${i} ${base64(contents[i]!).slice(0, cuts[i])}`));
    const moving = randomBytes(3 * MIB);
    for (let i = 0; i < 3; i++) t.match(await peer().ask(`UPLOAD moving-${i} ${base64(moving)}`), { status: 'OK' });
    for (const [i, client] of stalled.entries()) {
      client.send(base64(contents[i]!).slice(cuts[i]) + T);
      t.match(await client.reply(), { status: 'OK' });
      t.ok(readFileSync(join(dir, `stalled-${i}`)).equals(contents[i]!));
    }
    t.same(partials(), []);
  });
}

t.test('an upload that gave way and is then cut leaves nothing', async (t) => {
  const { peer, files, partials } = await startLegacyServer(t, {
    ...LITTLE,
    slotTiming: { turn: 20, tick: 10 },
  });
  const content = base64(randomBytes(2 * MIB));
  const stalled = [peer(), peer()];
  for (const client of stalled) client.send(`UPLOAD stalled ${content.slice(0, 500_000)}`);
  for (let i = 0; i < 2; i++) t.match(await peer().ask(`UPLOAD moving ${content}`), { status: 'OK' });
  const [one, other] = stalled;
  one!.socket.end();
  t.match(await one!.reply(), { status: 'ERROR', data: 'the request is cut short' });
  await one!.end();
  other!.close();
  while (partials().length > 0) await peer().ask('LIST');
  t.same(files(), ['moving']);
});

t.test('twenty slow uploads take turns with two slots', async (t) => {
  const { peer, dir, partials } = await startLegacyServer(t, {
    ...LITTLE,
    slotTiming: { floorWait: 30, unusedGrant: 20, turn: 5, tick: 5 },
  });
  const contents = Array.from({ length: 20 }, (_, i) => randomBytes(1_200_000 + i));
  const texts = contents.map((content) => base64(content));
  const clients = contents.map(() => peer());
  clients.forEach((client, i) => client.send(`UPLOAD file-${i} `));
  // Each waits with every piece for all the others.
  for (let at = 0; at < texts[19]!.length; at += 200_000) {
    clients.forEach((client, i) => client.send(texts[i]!.slice(at, at + 200_000)));
    await peer().ask(`UPLOAD probe ${texts[0]!}`);
  }
  for (const [i, client] of clients.entries()) {
    client.send(T);
    t.match(await client.reply(), { status: 'OK' });
    t.ok(readFileSync(join(dir, `file-${i}`)).equals(contents[i]!));
  }
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
