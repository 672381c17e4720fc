import type { Test } from 'tap';
import { chunksOf, leafOf, rootOf } from '../../fixtures/naive-frames.js';
import type { Upload } from '../../../lib/storage/store.js';
import { contentOf } from '../content.js';
import { codeOf, freshName, get, inSlot, put, send, writeChunk, type StoreUnderTest } from '../store-under-test.js';

const MIB = 1_048_576;

/** P-6.1 to P-6.6 and P-7.5, as far as they are the store's. */
export function uploadCases(t: Test, under: () => StoreUnderTest): void {
  t.test('files of any size come back whole, with the digests of the formula', async (t) => {
    for (const size of [0, 1, 4_097, MIB - 1, MIB, MIB + 1, 3 * MIB + 5]) {
      const path = `${freshName()}/a/b`;
      const content = contentOf(size, size);
      const published = await put(under(), path, content);
      t.match(published, { size, durable: under().durable }, `${size} bytes`);
      t.ok(rootOf(content).equals(published.root));
      t.equal((await under().store.stat(path)).version, published.version);
      t.ok(content.equals(await get(under(), path)));
    }
    t.same(under().leftovers(), []);
  });

  t.test('chunks may come in any order and at once, and the size may be unknown', async (t) => {
    const path = freshName();
    const content = contentOf(4 * MIB + 9);
    const chunks = chunksOf(content);
    const upload = await under().store.begin({ path, algorithm: 'sha256' });
    t.same(
      await Promise.all([4, 0, 3, 1, 2].map((index) => writeChunk(under(), upload, index, chunks[index]!))),
      Array(5).fill('written'),
    );
    await upload.commit(content.length, rootOf(content));
    t.ok(content.equals(await get(under(), path)));
  });

  t.test('the beginning of a chunk can be parked, and comes back as it was, however often', async (t) => {
    const path = freshName();
    const content = contentOf(2 * MIB + 9);
    const [first, second, rest] = chunksOf(content);
    const upload = await under().store.begin({ path, algorithm: 'sha256' });
    await writeChunk(under(), upload, 0, first!);
    for (const length of [1, 700_000, 300_000]) {
      await inSlot(under(), second!.subarray(0, length), (region) => upload.park(1, region));
      await inSlot(under(), new Uint8Array(length), async (region) => {
        await upload.unpark(1, region);
        const bytes = region.slot.bytes.subarray(region.offset, region.offset + length);
        t.ok(Buffer.from(second!.subarray(0, length)).equals(bytes), `${length} bytes`);
      });
    }
    t.equal(await codeOf(writeChunk(under(), upload, 1, second!)), 'none');
    await writeChunk(under(), upload, 2, rest!);
    await upload.commit(content.length, rootOf(content));
    t.ok(content.equals(await get(under(), path)));
  });

  t.test('what was parked is no part of the file, and goes with the upload', async (t) => {
    const path = freshName();
    const upload = await under().store.begin({ path, algorithm: 'sha256' });
    await inSlot(under(), contentOf(5), (region) => upload.park(0, region));
    t.equal(await codeOf(upload.commit(5, null)), 'size-mismatch');
    t.equal(await codeOf(under().store.stat(path)), 'not-found');
    t.same(under().leftovers(), []);
  });

  t.test('a sender may name no digests: the store computes them', async (t) => {
    for (const size of [0, 5, MIB, 2 * MIB + 5]) {
      const path = freshName();
      const content = contentOf(size, size);
      for (const known of [size, undefined]) {
        const upload = await under().store.begin({ path, algorithm: 'sha256', size: known });
        const writes = chunksOf(content).map((chunk, index) => writeChunk(under(), upload, index, chunk, null));
        t.same(await Promise.all(writes), Array(writes.length).fill('written'));
        const { root } = await upload.commit(size, null);
        t.ok(rootOf(content).equals(root), `${size} bytes`);
        t.ok(content.equals(await get(under(), path)));
      }
    }
    const twice = await under().store.begin({ path: freshName(), algorithm: 'sha256' });
    await writeChunk(under(), twice, 0, contentOf(MIB), null);
    t.equal(
      await codeOf(writeChunk(under(), twice, 0, contentOf(MIB), null)),
      'digest-mismatch',
      'such a chunk comes once',
    );
    await twice.abort();
    t.same(under().leftovers(), []);
  });

  t.test('a file may be named as late as at its commit', async (t) => {
    const content = contentOf(MIB + 5);
    const upload = async (): Promise<Upload> => {
      const begun = await under().store.begin({ path: null, algorithm: 'sha256' });
      await Promise.all(chunksOf(content).map((chunk, index) => writeChunk(under(), begun, index, chunk)));
      return begun;
    };
    const path = `${freshName()}/late`;
    await (await upload()).commit(content.length, rootOf(content), path);
    t.ok(content.equals(await get(under(), path)));
    const names = [undefined, '', '../x', '/x', '.sluice/x'];
    const codes = ['bad-path', 'bad-path', 'bad-path', 'bad-path', 'reserved-name'];
    for (const [i, name] of names.entries()) {
      t.equal(await codeOf((await upload()).commit(content.length, null, name)), codes[i]);
    }
    t.same(under().leftovers(), []);
  });

  t.test('a corrupt chunk is refused, and taken when it comes again', async (t) => {
    const path = freshName();
    const content = contentOf(2 * MIB);
    const [first, second] = chunksOf(content) as [Uint8Array, Uint8Array];
    const damaged = Buffer.from(second);
    damaged[77]! ^= 1;
    const upload = await under().store.begin({ path, algorithm: 'sha256', size: content.length });
    t.equal(await writeChunk(under(), upload, 1, damaged, leafOf(second)), 'corrupt');
    t.equal(await writeChunk(under(), upload, 0, first), 'written');
    t.equal(await writeChunk(under(), upload, 1, second), 'written');
    await upload.commit(content.length, rootOf(content));
    t.ok(content.equals(await get(under(), path)));
  });

  t.test('a chunk that was only refused is missing', async (t) => {
    const path = freshName();
    const content = contentOf(MIB + 1);
    const upload = await under().store.begin({ path, algorithm: 'sha256', size: content.length });
    await writeChunk(under(), upload, 0, content.subarray(0, MIB));
    await writeChunk(under(), upload, 1, Buffer.from('x'), leafOf(Buffer.from('y')));
    t.equal(await codeOf(upload.commit(content.length, rootOf(content))), 'size-mismatch');
    t.equal(await codeOf(under().store.stat(path)), 'not-found');
    t.same(under().leftovers(), []);
  });

  t.test('an accepted chunk that comes again is held to its leaf (P-6.4)', async (t) => {
    for (const size of [MIB, 2 * MIB]) {
      const path = freshName();
      const content = contentOf(size);
      const upload = await send(under(), path, content);
      const first = content.subarray(0, MIB);
      t.equal(await writeChunk(under(), upload, 0, first), 'written');
      t.equal(await codeOf(writeChunk(under(), upload, 0, contentOf(MIB, 2))), 'digest-mismatch');
      await upload.commit(size, rootOf(content));
      t.ok(content.equals(await get(under(), path)), 'what was accepted first stands');
    }
  });

  t.test('the same chunk twice at once', async (t) => {
    const content = contentOf(2 * MIB);
    const [first, second] = chunksOf(content) as [Uint8Array, Uint8Array];
    const upload = await under().store.begin({ path: freshName(), algorithm: 'sha256' });
    const other = contentOf(MIB, 9);
    const outcomes = await Promise.all([
      codeOf(writeChunk(under(), upload, 0, first)),
      codeOf(writeChunk(under(), upload, 0, other)),
      codeOf(writeChunk(under(), upload, 0, first)),
    ]);
    t.same(outcomes, ['none', 'digest-mismatch', 'none']);
    await writeChunk(under(), upload, 1, second);
    await upload.commit(content.length, rootOf(content));
  });

  t.test('chunks that do not fit the size are refused', async (t) => {
    const begin = (size?: number) => under().store.begin({ path: freshName(), algorithm: 'sha256', size });
    const refused = async (size: number | undefined, ...writes: [index: number, length: number][]): Promise<string> => {
      const upload = await begin(size);
      let code = 'none';
      for (const [index, length] of writes) code = await codeOf(writeChunk(under(), upload, index, contentOf(length)));
      await upload.abort();
      return code;
    };
    t.equal(await refused(MIB + 1, [0, 9]), 'size-mismatch', 'a short chunk before the last');
    t.equal(await refused(MIB + 1, [1, 2]), 'size-mismatch', 'a last chunk too long');
    t.equal(await refused(MIB + 1, [2, 1]), 'size-mismatch', 'a chunk behind the last');
    t.equal(await refused(undefined, [1, 9], [2, 9]), 'size-mismatch', 'a chunk behind a short one');
    t.equal(await refused(undefined, [1, 9], [0, 9]), 'size-mismatch', 'a second short one');
    t.equal(await refused(undefined, [3, MIB], [1, 9]), 'size-mismatch', 'a short one before one that came');
    t.equal(await refused(undefined, [3, MIB], [1, MIB]), 'none');
    t.same(under().leftovers(), []);
  });

  t.test('a commit with another size or root publishes nothing', async (t) => {
    const path = freshName();
    const before = contentOf(10, 3);
    await put(under(), path, before);
    const content = contentOf(MIB + 7);
    const commits: [size: number, root: Buffer, options: { size?: number | undefined }, code: string][] = [
      [MIB + 7, rootOf(contentOf(MIB + 7, 2)), {}, 'digest-mismatch'],
      [MIB + 6, rootOf(content), {}, 'size-mismatch'],
      [MIB + 6, rootOf(content), { size: undefined }, 'size-mismatch'],
      [2 * MIB + 7, rootOf(content), { size: undefined }, 'size-mismatch'],
      [MIB, rootOf(content), { size: undefined }, 'size-mismatch'],
      [0, rootOf(content), { size: undefined }, 'size-mismatch'],
    ];
    for (const [size, root, options, code] of commits) {
      const upload = await send(under(), path, content, options);
      t.equal(await codeOf(upload.commit(size, root)), code);
      await upload.abort();
    }
    const full = await send(under(), path, contentOf(MIB), { size: undefined });
    t.equal(await codeOf(full.commit(MIB - 1, rootOf(content))), 'size-mismatch', 'all chunks full');
    t.ok(before.equals(await get(under(), path)));
    t.same(under().leftovers(), []);
  });

  t.test('an upload that ended takes nothing more, and may be aborted again and again', async (t) => {
    const path = freshName();
    const content = contentOf(5);
    const aborted = await send(under(), path, content);
    await aborted.abort();
    await aborted.abort();
    t.equal(await codeOf(writeChunk(under(), aborted, 0, content)), 'cancelled');
    t.equal(await codeOf(aborted.commit(5, rootOf(content))), 'cancelled');
    t.equal(await codeOf(under().store.stat(path)), 'not-found');

    const committed = await send(under(), path, content);
    await Promise.all([committed.commit(5, rootOf(content)), committed.abort()]);
    await committed.abort();
    t.equal(await codeOf(committed.commit(5, rootOf(content))), 'cancelled');
    t.ok(content.equals(await get(under(), path)), 'an abort after a commit takes nothing away');
  });

  t.test('an abort waits for the chunks under way', async (t) => {
    const upload = await under().store.begin({ path: freshName(), algorithm: 'sha256' });
    const writes = [0, 1, 2, 3].map((index) => codeOf(writeChunk(under(), upload, index, contentOf(MIB))));
    await upload.abort();
    t.same(under().leftovers(), []);
    await Promise.all(writes);
    t.equal(under().slots.free, under().slots.capacity);
  });

  t.test('times are kept to the microsecond', async (t) => {
    for (const mtimeMs of [0, 1, 1_700_000_000_123, 1_700_000_000_123.456, 951_782_400_000.001]) {
      const path = freshName();
      const published = await put(under(), path, contentOf(3), { mtimeMs });
      t.equal(published.mtimeMs, mtimeMs);
      t.equal((await under().store.stat(path)).mtimeMs, mtimeMs);
    }
    const early = await put(under(), freshName(), contentOf(3), { mtimeMs: -86_400_000 });
    t.equal(early.mtimeMs, 0);
    const start = Date.now();
    const now = await put(under(), freshName(), contentOf(3));
    t.ok(now.mtimeMs >= start - 1 && now.mtimeMs <= Date.now() + 1, 'by default it is the time of publishing');
  });

  t.test('permissions are those asked for, less the umask', async (t) => {
    for (const mode of [undefined, 0o640, 0o400, 0o755, 0]) {
      for (const size of [10, MIB + 10]) {
        const path = freshName();
        await put(under(), path, contentOf(size), { mode });
        t.equal((await under().store.stat(path)).mode, (mode ?? 0o666) & ~0o022);
      }
    }
  });
}
