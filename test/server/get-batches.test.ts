import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { OpenAnswer, Store } from '../../lib/storage/store.js';
import { CHUNK, leafOf, message, rootOf } from '../fixtures/naive-frames.js';
import { startServer } from '../fixtures/server.js';

interface Step {
  /** Of an `open`: files asked for, and those that were put off. `read`: a chunk of a large file. */
  readonly what: 'open' | 'read';
  readonly asked: number;
  readonly later: number;
}

/** Tells in which order files are opened and chunks read. */
function watched(): { readonly steps: Step[]; readonly wrapStore: (store: Store) => Store } {
  const steps: Step[] = [];
  const watch = (answer: OpenAnswer): OpenAnswer => {
    if (answer.kind !== 'download') return answer;
    const { download } = answer;
    const read = download.read.bind(download);
    const told: typeof read = (...input) => {
      steps.push({ what: 'read', asked: 0, later: 0 });
      return read(...input);
    };
    Object.assign(download, { read: told });
    return answer;
  };
  const wrapStore = (store: Store): Store => {
    const open = store.open.bind(store);
    return Object.assign(store, {
      open: async (...options: Parameters<Store['open']>) => {
        const answers = await open(...options);
        const later = answers.filter(({ kind }) => kind === 'later').length;
        steps.push({ what: 'open', asked: answers.length, later });
        return answers.map(watch);
      },
    });
  };
  return { steps, wrapStore };
}

const content = randomBytes(300_000);

t.test('files of a part of a chunk are read together, as many as have room, and each is opened once', async (t) => {
  const { steps, wrapStore } = watched();
  const { dir, client } = await startServer(t, { wrapStore });
  writeFileSync(join(dir, 'part'), content);
  const peer = await client();
  const streams = Array.from({ length: 60 }, (_, i) => 2 * i + 1);
  peer.write(...streams.map((stream) => message('GET', stream, { path: 'part', credit: 1 })));
  for (const stream of streams) {
    t.match((await peer.next('FILE', stream)).fields, { size: content.length });
    const parts = [await peer.next('DATA', stream), await peer.next('DATA', stream)];
    t.ok(content.equals(Buffer.concat(parts.map(({ payload }) => payload))));
    t.ok(leafOf(content).equals(parts[1]!.leaf!));
    t.same((await peer.final(stream)).fields['root'], rootOf(content));
  }
  t.same(
    steps.map(({ what }) => what).filter((what) => what === 'read'),
    [],
    'none is read by itself',
  );
  t.equal(steps[0]!.asked - steps[0]!.later, 3, 'three have room in a chunk');
  t.same(
    steps.slice(2).map(({ later }) => later),
    Array.from({ length: steps.length - 2 }, () => 0),
  );
  t.equal(steps.length, 20, 'and no call asks in vain');
});

t.test('files that wait to be opened and the chunks of a large one take turns', async (t) => {
  const { steps, wrapStore } = watched();
  const { dir, client } = await startServer(t, { wrapStore });
  writeFileSync(join(dir, 'part'), content);
  writeFileSync(join(dir, 'large'), randomBytes(3 * CHUNK));
  const peer = await client();
  const large = 1;
  const parts = Array.from({ length: 60 }, (_, i) => 2 * i + 3);
  peer.write(
    message('GET', large, { path: 'large', credit: 3 }),
    ...parts.map((stream) => message('GET', stream, { path: 'part', credit: 1 })),
  );
  for (const stream of [large, ...parts]) t.equal(await peer.outcome(stream), 'RESULT');
  const order = steps.map(({ what }) => what);
  t.equal(order.filter((what) => what === 'read').length, 3);
  t.ok(order.lastIndexOf('read') < order.length / 2, 'the large one does not wait for all that came behind it');
});

t.test('a cancel ends what was put off', async (t) => {
  const { dir, client } = await startServer(t);
  writeFileSync(join(dir, 'part'), content);
  const peer = await client();
  const streams = Array.from({ length: 60 }, (_, i) => 2 * i + 1);
  peer.write(
    ...streams.map((stream) => message('GET', stream, { path: 'part', credit: 1 })),
    ...streams.slice(10).map((stream) => message('CANCEL', stream, {})),
  );
  for (const stream of streams.slice(0, 10)) t.equal(await peer.outcome(stream), 'RESULT');
  for (const stream of streams.slice(10)) t.match(await peer.outcome(stream), /^(cancelled|RESULT)$/);
  peer.write(message('GET', 121, { path: 'part', credit: 1 }));
  t.equal(await peer.outcome(121), 'RESULT');
});
