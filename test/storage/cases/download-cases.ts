import type { Test } from 'tap';
import { leafOf, rootOf } from '../../fixtures/naive-frames.js';
import { contentOf } from '../content.js';
import { codeOf, freshName, open, put, putEager, withSlot, type StoreUnderTest } from '../store-under-test.js';

const MIB = 1_048_576;

/** P-7.7, as far as it is the store's. */
export function downloadCases(t: Test, under: () => StoreUnderTest): void {
  t.test('a batch: small files in the slot, others open, failures for themselves', async (t) => {
    const folder = freshName();
    const [small, empty, large, big] = [contentOf(4_000, 1), contentOf(0), contentOf(MIB + 1, 2), contentOf(60_000, 3)];
    const versions: Record<string, string> = {};
    for (const [name, content] of Object.entries({ small, empty, large, big })) {
      versions[name] = (await put(under(), `${folder}/${name}`, content, { mode: 0o640, mtimeMs: 77 })).version;
    }
    await under().store.mkdir(`${folder}/sub`);
    const request = (name: string, ifMatch?: string) =>
      ({ path: `${folder}/${name}`, algorithm: 'sha256', eagerLimit: 2 * MIB, ifMatch }) as const;
    await withSlot(under().slots, async (slot) => {
      const answers = await under().store.open(
        [
          request('small', versions['small']),
          request('missing'),
          request('empty'),
          request('large'),
          request('sub'),
          request('../etc/passwd'),
          request('big'),
          request('small', 'another'),
          { ...request('small'), eagerLimit: 3_999 },
          request('small'),
        ],
        slot,
      );
      t.same(
        answers.map((answer) =>
          answer.kind === 'failed' ? (answer.error as Error & { code: string }).code : answer.kind,
        ),
        [
          'content',
          'not-found',
          'content',
          'download',
          'not-a-file',
          'bad-path',
          'content',
          'precondition-failed',
          'download',
          'content',
        ],
      );
      for (const [place, content] of [
        [0, small],
        [2, empty],
        [6, big],
        [9, small],
      ] as const) {
        const answer = answers[place]!;
        if (answer.kind !== 'content') continue;
        const { offset, length } = answer.content;
        t.ok(content.equals(slot.bytes.subarray(offset, offset + length)));
        t.ok(rootOf(content).equals(answer.root));
        t.equal(answer.leaf === undefined, content.length === 0);
        if (answer.leaf !== undefined) t.ok(leafOf(content).equals(answer.leaf));
        t.match(answer.info, { type: 'file', size: content.length, mtimeMs: 77, mode: 0o640 });
      }
      for (const answer of answers) if (answer.kind === 'download') await answer.download.close();
    });
  });

  t.test('what has no room behind others is for later, and so is what follows', async (t) => {
    const folder = freshName();
    const [full, small] = [contentOf(60_000, 4), contentOf(10, 5)];
    await put(under(), `${folder}/full`, full);
    await put(under(), `${folder}/small`, small);
    const request = (name: string) => ({ path: `${folder}/${name}`, algorithm: 'sha256', eagerLimit: MIB }) as const;
    const requests = [...Array.from({ length: 19 }, () => request('full')), request('small'), request('missing')];
    await withSlot(under().slots, async (slot) => {
      const answers = await under().store.open(requests, slot);
      // 17 times 60,000 bytes fit into a chunk, 18 times do not.
      t.same(
        answers.map(({ kind }) => kind),
        [...Array.from({ length: 17 }, () => 'content'), ...Array.from({ length: 4 }, () => 'later')],
      );
      const last = answers[16]!;
      if (last.kind !== 'content') throw new Error('no content');
      t.ok(full.equals(slot.bytes.subarray(last.content.offset, last.content.offset + last.content.length)));
      const later = await under().store.open(requests.slice(17), slot);
      t.same(
        later.map(({ kind }) => kind),
        ['content', 'content', 'content', 'failed'],
      );
    });
  });

  t.test('chunks are read in any order, and again', async (t) => {
    const path = freshName();
    const content = contentOf(2 * MIB + 10);
    await put(under(), path, content);
    const answer = await open(under(), path);
    if (answer.kind !== 'download') throw new Error('not a download');
    await withSlot(under().slots, async (slot) => {
      for (const chunk of [2, 0, 1, 2]) {
        const { length, leaf } = await answer.download.read(chunk, slot);
        const expected = content.subarray(chunk * MIB, chunk * MIB + MIB);
        t.ok(expected.equals(slot.bytes.subarray(0, length)));
        t.ok(leafOf(expected).equals(leaf));
      }
      t.equal(await codeOf(answer.download.read(3, slot)), 'bad-range');
      const reading = answer.download.read(0, slot);
      await Promise.all([answer.download.close(), answer.download.close()]);
      t.equal((await reading).length, MIB, 'a close waits for the read under way');
      t.equal(await codeOf(answer.download.read(0, slot)), 'cancelled');
      t.equal(await codeOf(answer.download.verifyUnchanged()), 'cancelled');
    });
  });

  t.test('a file that was replaced or removed while it is read has changed, or reads as it was', async (t) => {
    const { store, slots } = under();
    const path = freshName();
    const before = contentOf(MIB + 10, 1);
    await put(under(), path, before);
    const changes = [() => putEager(under(), path, contentOf(9, 2)), () => store.remove(path)];
    for (const change of changes) {
      await put(under(), path, before);
      const answer = await open(under(), path);
      if (answer.kind !== 'download') throw new Error('not a download');
      await change();
      await withSlot(slots, async (slot) => {
        // Never a mixture: the old bytes or an error.
        const code = await codeOf(
          answer.download.read(1, slot).then(({ length }) => {
            t.ok(before.subarray(MIB).equals(slot.bytes.subarray(0, length)));
          }),
        );
        t.match(code, /^(none|source-changed)$/);
        await answer.download.close();
      });
    }
  });
}
