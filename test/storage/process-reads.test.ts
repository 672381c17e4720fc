import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { openDiskStore } from '../../lib/storage/disk/disk-store.js';
import { Slab } from '../../lib/workers/slab.js';
import { contentOf } from './content.js';
import { temporaryFolder } from './disk-fixture.js';

const MIB = 1_048_576;
/** More than one worker process has places for in the memory that it shares. */
const READERS = 24;

t.test('each of many readers at once gets the bytes of its own file from a worker process', async (t) => {
  const root = temporaryFolder(t);
  const slab = new Slab(READERS + 1);
  const slots = slab.share(READERS + 1);
  const store = await openDiskStore({ root, slab, runtime: 'processes', workers: 1 });
  t.teardown(() => store.close());
  const contents = Array.from({ length: READERS }, (_, index) => contentOf(MIB + 1, index));
  for (const [index, content] of contents.entries()) writeFileSync(join(root, `file-${index}`), content);
  const opening = slots.take()!;
  const answers = await store.open(
    contents.map((_, index) => ({ path: `file-${index}`, algorithm: 'sha256', eagerLimit: 0 })),
    opening,
  );
  const wrong = await Promise.all(
    answers.map(async (answer, index) => {
      if (answer.kind !== 'download') return `file-${index} is no download`;
      const slot = slots.take()!;
      const { length } = await answer.download.read(0, slot);
      const right = contents[index]!.subarray(0, MIB).equals(slot.bytes.subarray(0, length));
      await answer.download.close();
      return right ? undefined : `file-${index} has other bytes`;
    }),
  );
  t.same(
    wrong.filter((text) => text !== undefined),
    [],
  );
});

t.test('a file that a worker process would send as a message is read as a chunk', async (t) => {
  const root = temporaryFolder(t);
  const slab = new Slab(2);
  const slots = slab.share(2);
  const store = await openDiskStore({ root, slab, runtime: 'processes', workers: 1 });
  t.teardown(() => store.close());
  const contents = { message: contentOf(65_536, 1), chunk: contentOf(65_537, 2) };
  for (const [name, content] of Object.entries(contents)) writeFileSync(join(root, name), content);
  const [opening, reading] = [slots.take()!, slots.take()!];
  const requests = Object.keys(contents).map((path) => ({ path, algorithm: 'sha256', eagerLimit: MIB }) as const);
  const [message, chunk] = await store.open(requests, opening);
  t.equal(message!.kind, 'content');
  if (chunk?.kind !== 'download') throw new Error(`the answer was '${chunk?.kind}'`);
  const { length } = await chunk.download.read(0, reading);
  t.ok(contents.chunk.equals(reading.bytes.subarray(0, length)));
  await chunk.download.close();
});
