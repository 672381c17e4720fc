import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { siblingModule } from '../../lib/workers/pool.js';
import { contentOf } from './content.js';
import { startDiskStore, temporaryFolder } from './disk-fixture.js';
import { codeOf, get } from './store-under-test.js';

t.test('after kill -9 the old files stand, nothing is left, and the folder can be served', async (t) => {
  const root = temporaryFolder(t);
  const script = fileURLToPath(siblingModule('killed-server', import.meta.url));
  const child = spawn(process.execPath, [...process.execArgv, script, root], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => child.kill('SIGKILL'));
  const gone = new Promise((resolve) => child.once('exit', resolve));
  await Promise.race([new Promise((resolve) => child.stdout.once('data', resolve)), gone]);
  t.equal(readdirSync(join(root, '.sluice', 'partial')).length, 4, 'two partials and their leaves');
  t.equal(await codeOf(startDiskStore(t, { root })), 'folder-in-use');
  child.kill('SIGKILL');
  await gone;
  const under = await startDiskStore(t, { root });
  t.same(under.leftovers(), []);
  t.ok(contentOf(1_500_000, 1).equals(await get(under, 'whole')));
  t.ok(contentOf(10, 1).equals(await get(under, 'small')));
  t.equal(await codeOf(under.store.stat('never')), 'not-found');
});
