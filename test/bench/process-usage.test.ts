import process from 'node:process';
import t from 'tap';
import { startShell } from '../../bench/child.js';
import { cpuSeconds, watchMemory } from '../../bench/process-usage.js';

const busy = 'i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done';

t.test(
  'what ended processes used counts, what started them does not',
  { skip: process.platform !== 'linux' },
  async (t) => {
    const shell = startShell();
    t.teardown(() => shell.stop());
    await shell.request('run', 'true');
    const before = cpuSeconds(shell)!;
    t.ok(before < cpuSeconds({ ...shell, isStarter: false })!, 'its own start took time');
    await shell.request('run', `sh -c '${busy}'; exit 0`);
    t.ok(cpuSeconds(shell)! > before);
  },
);

t.test('memory of what a shell runs', { skip: process.platform !== 'linux' }, async (t) => {
  const shell = startShell();
  t.teardown(() => shell.stop());
  const memory = watchMemory([shell, null]);
  await shell.request('run', `${process.execPath} -e 'setTimeout(() => undefined, 500)'; exit 0`);
  const [peak, nothing] = memory.stop();
  t.ok(peak! > 10e6 && peak! < 500e6, `a Node: ${peak}`);
  t.equal(nothing, undefined);
});

t.test('a command that fails says why', async (t) => {
  const shell = startShell();
  t.teardown(() => shell.stop());
  await t.rejects(shell.request('run', 'echo broken pipes >&2; exit 3'), /exit code 3: broken pipes/);
});
