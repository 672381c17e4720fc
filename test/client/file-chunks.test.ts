import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { ChunkPool } from '../../lib/client/chunk-pool.js';
import type { Pace } from '../../lib/client/disk-pace.js';
import type { LocalFileError } from '../../lib/client/errors.js';
import { FileSource } from '../../lib/client/file-source.js';
import { FileTarget } from '../../lib/client/file-target.js';
import { hashOf } from '../../lib/workers/digests.js';
import { CHUNK } from '../fixtures/naive-frames.js';
import { temporaryFolder } from '../fixtures/server.js';

const content = Buffer.alloc(2 * CHUNK + 70_001);
for (let at = 0; at + 4 <= content.length; at += 4) content.writeUInt32LE(Math.imul(at, 2_654_435_761) >>> 0, at);

const openFiles = (): number => fs.readdirSync('/proc/self/fd').length;

for (const [how, local] of [
  ['in place', true],
  ['by other threads', false],
] as const) {
  const pace: Pace = { inPlace: local, took: () => undefined };

  const source = (t: Test, path: string): { file: FileSource; pool: ChunkPool } => {
    const pool = new ChunkPool(8);
    const file = new FileSource(path, pool, { follow: true, pace });
    t.teardown(() => file.close());
    file.open();
    return { file, pool };
  };

  const read = (file: FileSource, index: number): Promise<Uint8Array> =>
    new Promise((resolve, reject) =>
      file.chunk(index, (error, bytes) => (error === undefined ? resolve(bytes) : reject(error))),
    );

  t.test(`chunks read ${how}`, async (t) => {
    const path = join(temporaryFolder(t), 'file');
    fs.writeFileSync(path, content);
    const { file, pool } = source(t, path);
    for (const index of [2, 0, 1]) {
      const bytes = await read(file, index);
      t.ok(content.subarray(index * CHUNK, (index + 1) * CHUNK).equals(bytes), `chunk ${index}`);
      file.sent(bytes);
    }
    t.equal(pool.reserved, 0);
  });

  t.test(`leaves of chunks read ${how}`, async (t) => {
    const path = join(temporaryFolder(t), 'file');
    fs.writeFileSync(path, content);
    const file = new FileSource(path, new ChunkPool(8), { follow: true, pace });
    t.teardown(() => file.close());
    file.open(hashOf('sha256'));
    for (const index of [2, 0]) {
      const leaf = await new Promise((resolve) => file.chunk(index, (_error, _bytes, leaf) => resolve(leaf)));
      const chunk = content.subarray(index * CHUNK, (index + 1) * CHUNK);
      const expected = createHash('sha256').update(Buffer.of(0)).update(chunk).digest();
      t.strictSame(leaf && Buffer.from(leaf as Uint8Array), local ? expected : undefined, `chunk ${index}`);
    }
  });

  t.test(`a file that was cut, read ${how}`, async (t) => {
    const path = join(temporaryFolder(t), 'file');
    fs.writeFileSync(path, content);
    const { file, pool } = source(t, path);
    fs.truncateSync(path, CHUNK + 5);
    const error = await read(file, 1).catch((error: unknown) => error as LocalFileError);
    t.match(error, { code: 'source-changed' });
    t.equal(pool.reserved, 0, 'its memory was given back');
  });

  t.test(`closed while chunks are read ${how}`, async (t) => {
    const path = join(temporaryFolder(t), 'file');
    fs.writeFileSync(path, content);
    const before = openFiles();
    const { file, pool } = source(t, path);
    let taken = 0;
    for (const index of [0, 1, 2]) file.chunk(index, () => (taken += 1));
    file.close();
    t.equal(taken, local ? 3 : 0, 'nobody hears of a chunk after the close');
    while (pool.reserved > (local ? 3 : 0) || openFiles() > before) await new Promise(setImmediate);
  });

  t.test(`chunks written ${how}`, async (t) => {
    const path = join(temporaryFolder(t), 'file');
    const file = new FileTarget(path, { pace });
    file.begin({ mode: 0o640, mtimeMs: 1_700_000_000_000 });
    await Promise.all(
      [2, 0, 1].map(
        (index) =>
          new Promise<void>((resolve, reject) =>
            file.write(content.subarray(index * CHUNK, (index + 1) * CHUNK), index * CHUNK, (error) =>
              error === undefined ? resolve() : reject(error),
            ),
          ),
      ),
    );
    t.notOk(fs.existsSync(path), 'not there before all of it is');
    file.finish();
    t.ok(content.equals(fs.readFileSync(path)));
    t.equal(Math.round(fs.statSync(path).mtimeMs), 1_700_000_000_000);
  });

  t.test(`a file whose memory is used again as soon as it was given, written ${how}`, async (t) => {
    // Up to 256 KiB: see DownloadTarget.write.
    for (const length of [1, 65_536, 65_537, 262_144]) {
      const path = join(temporaryFolder(t), 'file');
      const file = new FileTarget(path, { pace });
      file.begin({ mode: 0o640, mtimeMs: 0 });
      const memory = Buffer.from(content.subarray(0, length));
      const written = new Promise<void>((resolve, reject) =>
        file.write(memory, 0, (error) => (error === undefined ? resolve() : reject(error))),
      );
      memory.fill(0);
      await written;
      file.finish();
      t.ok(content.subarray(0, length).equals(fs.readFileSync(path)), `${length} bytes`);
    }
  });

  t.test(`aborted behind chunks written ${how}`, async (t) => {
    const folder = temporaryFolder(t);
    const before = openFiles();
    const file = new FileTarget(join(folder, 'file'), { pace });
    file.begin({ mode: 0o640, mtimeMs: 0 });
    let done = 0;
    for (const index of [0, 1, 2]) {
      file.write(content.subarray(index * CHUNK, (index + 1) * CHUNK), index * CHUNK, () => (done += 1));
    }
    file.abort();
    await file.gone();
    t.equal(done, 3, 'each chunk is given back');
    t.same(fs.readdirSync(folder), [], 'nothing is left');
    t.equal(openFiles(), before);
  });
}
