import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import t from 'tap';
import { connect } from '../../lib/client/connect.js';
import { large, randomFile, roomFor } from '../fixtures/large.js';
import { startServeProcess } from '../fixtures/serve-process.js';
import { temporaryFolder } from '../fixtures/server.js';

t.test('a file of 1 GiB goes up and comes down identical', large, async (t) => {
  const folder = temporaryFolder(t, roomFor(4 * 1_024));
  const source = join(folder, 'source');
  const target = join(folder, 'target');
  randomFile(source, 1_024);
  for (const runtime of ['threads', 'processes'] as const) {
    for (const socketPath of ['direct', 'plain'] as const) {
      await t.test(`${runtime}, ${socketPath}`, async (t) => {
        const dir = temporaryFolder(t, folder);
        const { port } = await startServeProcess(t, { dir, runtime, socketPath });
        const client = await connect({ host: '127.0.0.1', port }, { socketPath });
        t.teardown(() => client.close());
        const put = await client.put(source, 'gigabyte');
        t.equal(put.size, 1_073_741_824);
        execFileSync('cmp', [source, join(dir, 'gigabyte')]);
        const got = await client.get('gigabyte', target);
        t.equal(got.root, put.root);
        execFileSync('cmp', [source, target]);
      });
    }
  }
});
