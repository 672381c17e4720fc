import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Store, Upload } from '../../lib/storage/store.js';
import { Gate } from '../fixtures/gated-store.js';
import { CHUNK, data, leafOf, message, rootOf } from '../fixtures/naive-frames.js';
import type { RawClient } from '../fixtures/raw-client.js';
import { startServer } from '../fixtures/server.js';

const content = randomBytes(100_000);
const damaged = Buffer.from(content);
damaged[777]! ^= 0x10;

/** Tells which steps uploads take. `free`: whether their names are. */
function watched(free = true): { readonly steps: string[]; readonly wrapStore: (store: Store) => Store } {
  const steps: string[] = [];
  const watch = (upload: Upload): Upload => {
    for (const step of ['write', 'writeWhole', 'commit'] as const) {
      const take = upload[step].bind(upload) as (...input: unknown[]) => Promise<unknown>;
      const told = (...input: unknown[]): Promise<unknown> => {
        steps.push(step);
        return take(...input);
      };
      Object.assign(upload, { [step]: told });
    }
    return free ? upload : Object.defineProperty(upload, 'takesWhole', { value: false });
  };
  const wrapStore = (store: Store): Store => {
    const begin = store.begin.bind(store);
    return Object.assign(store, {
      begin: async (...options: Parameters<Store['begin']>) => watch(await begin(...options)),
    });
  };
  return { steps, wrapStore };
}

async function begin(peer: RawClient, path: string, fields: object = {}): Promise<{ stream: number; epoch: number }> {
  const stream = peer.request('PUT', { path, size: content.length, want: 1, ...fields });
  const { epoch } = await peer.next('CREDIT', stream);
  return { stream, epoch };
}

const commit = (stream: number, root = rootOf(content)): Buffer =>
  message('COMMIT', stream, { size: content.length, root });

const chunk = (stream: number, epoch: number, bytes: Buffer = content): Buffer =>
  data(stream, epoch, 0, bytes, leafOf(content));

t.test('a file of one chunk with COMMIT right behind it is published in one step, without ACK (P-7.5)', async (t) => {
  const { steps, wrapStore } = watched();
  const { dir, client, partials } = await startServer(t, { wrapStore });
  const peer = await client();
  const { stream, epoch } = await begin(peer, 'sub/whole', { mtimeMs: 77_000 });
  peer.write(chunk(stream, epoch), commit(stream));
  const { name, fields } = await peer.final(stream);
  t.equal(name, 'RESULT');
  t.match(fields, { size: content.length, mtimeMs: 77_000, root: rootOf(content) });
  t.same(steps, ['writeWhole']);
  t.same(
    peer.untaken.filter((frame) => frame.stream === stream),
    [],
  );
  t.ok(readFileSync(join(dir, 'sub/whole')).equals(content));
  t.same(partials(), []);
});

t.test('one whose COMMIT waits for the ACK gets it (P-6.5)', async (t) => {
  const { steps, wrapStore } = watched();
  const { dir, client } = await startServer(t, { wrapStore });
  const peer = await client();
  const { stream, epoch } = await begin(peer, 'patient');
  peer.write(chunk(stream, epoch));
  t.same((await peer.next('ACK', stream)).fields, { grade: 2, chunks: [0, 1] });
  peer.write(commit(stream));
  t.equal(await peer.outcome(stream), 'RESULT');
  t.same(steps, ['write', 'commit']);
  t.ok(readFileSync(join(dir, 'patient')).equals(content));
});

t.test('a corrupt one is asked for again behind its COMMIT, and taken (P-6.6)', async (t) => {
  const { steps, wrapStore } = watched();
  const { dir, client, partials } = await startServer(t, { wrapStore });
  const peer = await client();
  const { stream, epoch } = await begin(peer, 'corrupt');
  peer.write(chunk(stream, epoch, damaged), commit(stream));
  t.same((await peer.next('RESEND', stream)).fields, { offset: 0, epoch, reason: 'digest' });
  t.same((await peer.next('CREDIT', stream)).fields, { chunks: 2 });
  peer.write(chunk(stream, epoch));
  t.equal(await peer.outcome(stream), 'RESULT');
  t.same(steps, ['writeWhole', 'writeWhole']);
  t.ok(readFileSync(join(dir, 'corrupt')).equals(content));
  t.same(partials(), []);
});

t.test('nine corrupt ones end the stream', async (t) => {
  const { client, files, partials } = await startServer(t);
  const peer = await client();
  const { stream, epoch } = await begin(peer, 'rotten');
  peer.write(chunk(stream, epoch, damaged), commit(stream));
  for (let i = 2; i <= 9; i++) {
    await peer.take((f) => f.name === 'CREDIT' && f.stream === stream && f.fields['chunks'] === i);
    peer.write(chunk(stream, epoch, damaged));
  }
  t.equal(await peer.outcome(stream), 'digest-mismatch');
  t.same(files(), []);
  t.same(partials(), []);
});

t.test('what can not be published leaves what stands, and its memory to others', async (t) => {
  // As little memory as there can be: a slot that was not given back would be missed at once.
  const { dir, client, partials } = await startServer(t, { memory: 4 * CHUNK });
  writeFileSync(join(dir, 'standing'), 'old');
  const peer = await client();
  for (let round = 0; round < 4; round++) {
    const wrong = await begin(peer, 'standing');
    peer.write(chunk(wrong.stream, wrong.epoch), commit(wrong.stream, Buffer.alloc(32)));
    t.equal(await peer.outcome(wrong.stream), 'digest-mismatch');
    const below = await begin(peer, 'standing/below');
    peer.write(chunk(below.stream, below.epoch), commit(below.stream));
    t.equal(await peer.outcome(below.stream), 'not-a-folder');
    const size = await begin(peer, 'standing');
    peer.write(
      chunk(size.stream, size.epoch),
      message('COMMIT', size.stream, { size: 99_999, root: rootOf(content.subarray(1)) }),
    );
    t.equal(await peer.outcome(size.stream), 'size-mismatch');
    const cancelled = await begin(peer, 'standing');
    peer.write(chunk(cancelled.stream, cancelled.epoch), message('CANCEL', cancelled.stream, {}));
    t.equal(await peer.outcome(cancelled.stream), 'cancelled');
  }
  t.equal(readFileSync(join(dir, 'standing'), 'utf8'), 'old');
  t.same(partials(), []);
  t.equal((await peer.put('after', randomBytes(3 * CHUNK))).name, 'RESULT');
});

t.test('a cancel while it is published comes too late (P-9.3)', async (t) => {
  const gate = new Gate();
  const { dir, client } = await startServer(t, { wrapStore: gate.wrap });
  const peer = await client();
  const { stream, epoch } = await begin(peer, 'late');
  peer.write(chunk(stream, epoch), commit(stream));
  await gate.untilWaiting(1);
  peer.send('CANCEL', stream);
  await peer.outcome(peer.request('STAT', { path: '' }));
  gate.open();
  t.equal(await peer.outcome(stream), 'RESULT');
  t.ok(readFileSync(join(dir, 'late')).equals(content));
});

for (const end of ['cancel', 'cut'] as const) {
  t.test(`a ${end} while a corrupt one is looked at ends it`, async (t) => {
    const gate = new Gate();
    const { client, server, files, partials } = await startServer(t, { wrapStore: gate.wrap });
    const peer = await client();
    const { stream, epoch } = await begin(peer, end);
    peer.write(chunk(stream, epoch, damaged), commit(stream));
    await gate.untilWaiting(1);
    if (end === 'cancel') peer.send('CANCEL', stream);
    else peer.close();
    const other = await client();
    await other.outcome(other.request('STAT', { path: '' }));
    if (end === 'cancel') await peer.outcome(peer.request('STAT', { path: '' }));
    gate.open();
    if (end === 'cancel') t.equal(await peer.outcome(stream), 'cancelled');
    await server.close();
    t.same(files(), []);
    t.same(partials(), []);
  });
}

t.test('one whose corrupt first try was written as a chunk goes on so, and leaves nothing', async (t) => {
  const { steps, wrapStore } = watched();
  const { client, files, partials } = await startServer(t, { wrapStore });
  const peer = await client();
  const { stream, epoch } = await begin(peer, 'again');
  peer.write(chunk(stream, epoch, damaged));
  await peer.next('RESEND', stream);
  await peer.next('CREDIT', stream);
  peer.write(chunk(stream, epoch), commit(stream));
  t.equal(await peer.outcome(stream), 'RESULT');
  t.same(steps, ['write', 'write', 'commit']);
  t.same(files(), ['again']);
  t.same(partials(), []);
});

t.test('one whose name somebody else has is written, so that its memory is free (P-5.7)', async (t) => {
  const { steps, wrapStore } = watched(false);
  const { client, files } = await startServer(t, { wrapStore });
  const peer = await client();
  const { stream, epoch } = await begin(peer, 'taken');
  peer.write(chunk(stream, epoch), commit(stream));
  t.equal(await peer.outcome(stream), 'RESULT');
  t.same(steps, ['write', 'commit']);
  t.same(files(), ['taken']);
});

t.test('a chunk that begins while the file is published keeps no memory', async (t) => {
  // Two connections that want more than there is make the server take back what a third has and does not use.
  const slotTiming = { unusedGrant: 60, tick: 20, floorWait: 500 };
  const { client } = await startServer(t, { memory: 4 * CHUNK, slotTiming });
  for (let round = 0; round < 3; round++) {
    const peer = await client();
    const { stream, epoch: before } = await begin(peer, 'kept');
    const others = [await client(), await client(), await client()];
    for (const other of others) other.request('PUT', { path: 'other', size: 9 * CHUNK, want: 2 });
    await peer.take((frame) => frame.name === 'CREDIT' && frame.epoch > before);
    for (const other of others) other.close();
    peer.send('WANT', stream, { chunks: 1 });
    const { epoch } = await peer.take((frame) => frame.name === 'CREDIT' && frame.fields['chunks'] === 1);
    peer.write(
      chunk(stream, epoch),
      commit(stream),
      // Skipped, and asked for again: so the same chunk may begin once more.
      data(stream, before, 0, content.subarray(0, 4_096)),
      message('WANT', stream, { chunks: 2 }),
      data(stream, epoch, 0, content.subarray(0, 4_096)),
    );
    t.equal(await peer.outcome(stream), 'RESULT');
    peer.close();
    await peer.closed;
  }
  const honest = await client();
  t.equal((await honest.put('honest', randomBytes(3 * CHUNK))).name, 'RESULT');
});

t.test('a chunk that was written already is not published in one step when it comes twice (P-6.4)', async (t) => {
  const { steps, wrapStore } = watched();
  const { dir, client, partials } = await startServer(t, { wrapStore });
  const peer = await client();
  const { stream, epoch } = await begin(peer, 'twice');
  peer.write(chunk(stream, epoch));
  await peer.next('ACK', stream);
  await peer.next('CREDIT', stream);
  peer.write(chunk(stream, epoch), commit(stream));
  t.equal(await peer.outcome(stream), 'RESULT');
  t.same(steps, ['write', 'write', 'commit']);
  t.ok(readFileSync(join(dir, 'twice')).equals(content));
  t.same(partials(), []);
});
