import t from 'tap';
import { failureOf, greeted } from '../fixtures/raw-peer.js';

const entry = (name: string): [string, string, number, number] => [name, 'file', 1, 2];

t.test('pages are granted as they are read', async (t) => {
  const { client, peer } = await greeted(t);
  const names: string[] = [];
  const reading = (async () => {
    for await (const { name } of client.list('folder', { prefix: 'a' })) names.push(name);
  })();
  t.match(await peer.next('LIST'), { stream: 1, fields: { path: 'folder', prefix: 'a', credit: 2 } });
  for (let page = 0; page < 5; page++) {
    peer.send('ENTRIES', 1, { entries: [entry(`a${page}`), entry(`a${page}b`)] });
    t.match(await peer.next('CREDIT'), { fields: { chunks: 3 + page } });
  }
  peer.send('RESULT', 1);
  await reading;
  t.same(names.slice(0, 3), ['a0', 'a0b', 'a1']);
  t.equal(names.length, 10);
});

t.test('what came before an error is read first', async (t) => {
  const { client, peer } = await greeted(t);
  const entries = client.list('f')[Symbol.asyncIterator]();
  const first = entries.next();
  await peer.next('LIST');
  peer.send('ENTRIES', 1, { entries: [entry('a')] });
  peer.sendError(1, 47, 'io-error');
  t.match(await first, { value: { name: 'a', type: 'file', size: 1, mtimeMs: 2 } });
  t.match(await failureOf(entries.next()), { code: 'io-error' });
});

t.test('leaving early cancels; a reader who is slow times nothing out', async (t) => {
  const { client, peer } = await greeted(t, {}, { timeoutMs: 1_000 });
  const entries = client.list('f')[Symbol.asyncIterator]();
  const first = entries.next();
  await peer.next('LIST');
  for (const name of ['a', 'b']) peer.send('ENTRIES', 1, { entries: [entry(name)] });
  await first;
  // The server has used its credit: it owes nothing, however long this takes.
  await new Promise((resolve) => setTimeout(resolve, 120));
  t.same(peer.seen, []);
  await entries.return?.();
  await peer.next('CANCEL', 1);
});

t.test('a page beyond credit', async (t) => {
  const { client, peer } = await greeted(t);
  const entries = client.list('f')[Symbol.asyncIterator]();
  const first = entries.next();
  await peer.next('LIST');
  for (const name of ['a', 'b', 'c']) peer.send('ENTRIES', 1, { entries: [entry(name)] });
  t.match(await peer.next('ERROR', 0), { fields: { name: 'over-credit' } });
  await failureOf(first);
});

t.test('an abort, and a silent server', async (t) => {
  const { client, peer } = await greeted(t, {}, { timeoutMs: 1_000 });
  const reason = new Error('enough');
  const controller = new AbortController();
  const aborted = failureOf(client.list('f', { signal: controller.signal })[Symbol.asyncIterator]().next());
  await peer.next('LIST');
  controller.abort(reason);
  t.equal(await aborted, reason);
  t.match(await failureOf(client.list('f')[Symbol.asyncIterator]().next()), { code: 'timeout' });
});
