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
  const streams = Array.from({ length: 100 }, (_, i) => 2 * i + 1);
  peer.write(...streams.map((stream) => message('GET', stream, { path: 'part', credit: 1 })));
  for (const stream of streams) {
    const file = await peer.next('FILE');
    t.equal(file.stream, stream, 'in the order in which they were asked for');
    t.match(file.fields, { size: content.length });
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
  t.equal(steps.length, 34, 'and no call asks in vain');
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

t.test('calls are for more files again when these are smaller', async (t) => {
  const { steps, wrapStore } = watched();
  const { dir, client } = await startServer(t, { wrapStore });
  writeFileSync(join(dir, 'part'), content);
  writeFileSync(join(dir, 'tiny'), 'tiny');
  const peer = await client();
  const ask = async (path: string, first: number, count: number): Promise<void> => {
    const streams = Array.from({ length: count }, (_, i) => first + 2 * i);
    peer.write(...streams.map((stream) => message('GET', stream, { path, credit: 1 })));
    for (const stream of streams) t.equal(await peer.outcome(stream), 'RESULT');
  };
  await ask('part', 1, 9);
  steps.length = 0;
  await ask('tiny', 101, 93);
  t.same(
    steps.map(({ asked }) => asked),
    [3, 6, 12, 24, 48],
  );
});

t.test('a cancel ends what was put off', async (t) => {
  const asked: string[] = [];
  let letGo!: () => void;
  const held = new Promise<void>((resolve) => (letGo = resolve));
  const wrapStore = (store: Store): Store => {
    const open = store.open.bind(store);
    return Object.assign(store, {
      open: async (...options: Parameters<Store['open']>) => {
        asked.push(...options[0].map(({ path }) => path));
        const answers = await open(...options);
        await held;
        return answers;
      },
    });
  };
  const { dir, client } = await startServer(t, { wrapStore });
  const paths = ['0', '1', '2', '3', '4'];
  for (const path of paths) writeFileSync(join(dir, path), content);
  const peer = await client();
  const streamOf = (path: string): number => 2 * Number(path) + 1;
  const stat = (stream: number): number => {
    peer.send('STAT', stream, { path: '' });
    return stream;
  };
  peer.write(...paths.map((path) => message('GET', streamOf(path), { path, credit: 1 })));
  // The answers to these say that what was sent before has been dealt with.
  t.equal(await peer.outcome(stat(11)), 'RESULT');
  peer.send('CANCEL', streamOf('4'));
  t.equal(await peer.outcome(stat(13)), 'RESULT');
  letGo();
  for (const path of paths) t.equal(await peer.outcome(streamOf(path)), path === '4' ? 'cancelled' : 'RESULT');
  t.same(asked, [...paths, '3']);
});
