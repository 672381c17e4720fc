import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { ProtocolError } from '../../protocol/errors.js';
import type { Store } from '../../lib/storage/store.js';
import { CHUNK } from '../fixtures/naive-frames.js';
import { startServer } from '../fixtures/server.js';

const failed = (): Promise<never> => Promise.reject(new ProtocolError('io-error', 'the disk does not even close'));

/** A disk store whose uploads can't be given up and whose downloads can't be closed, though they are. */
function wrapStore(store: Store): Store {
  return new Proxy(store, {
    get: (target, name) => {
      if (name === 'begin') {
        return async (...options: Parameters<Store['begin']>) => {
          const upload = await target.begin(...options);
          const abort = upload.abort.bind(upload);
          return Object.assign(upload, { abort: () => abort().then(failed) });
        };
      }
      if (name === 'open') {
        return async (...options: Parameters<Store['open']>) => {
          const answers = await target.open(...options);
          for (const answer of answers) {
            if (answer.kind !== 'download') continue;
            const close = answer.download.close.bind(answer.download);
            Object.assign(answer.download, { close: () => close().then(failed) });
          }
          return answers;
        };
      }
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

t.test('a store that fails while it tidies up costs no final frame, and not the server', async (t) => {
  const { dir, client } = await startServer(t, { wrapStore });
  writeFileSync(join(dir, 'large'), randomBytes(2 * CHUNK));
  const peer = await client();
  t.equal((await peer.put('kept', randomBytes(CHUNK + 1))).name, 'RESULT');
  const put = peer.request('PUT', { path: 'dropped', size: CHUNK, want: 1 });
  await peer.next('CREDIT', put);
  peer.send('CANCEL', put);
  t.equal(await peer.outcome(put), 'cancelled');
  t.equal(await peer.outcome(peer.request('GET', { path: 'large', credit: 2 })), 'RESULT');
  const get = peer.request('GET', { path: 'large', credit: 0 });
  await peer.next('FILE', get);
  peer.send('CANCEL', get);
  t.equal(await peer.outcome(get), 'cancelled');
});
