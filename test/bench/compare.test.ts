import { existsSync, readdirSync, readFileSync, watch } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import t, { type Test } from 'tap';
import type { CompareRun } from '../../bench/compare/result.js';
import { scenarioId } from '../../bench/compare/scenario.js';
import { large } from '../fixtures/large.js';
import { startOldServer } from '../fixtures/old-server.js';
import { runBench } from '../fixtures/run-bench.js';
import { startServer, temporaryFolder } from '../fixtures/server.js';

const MAIN = 'dist/bench/main.js';
if (!existsSync(MAIN)) throw new Error('the benchmarks are not built: npm run build');

/** A hundredth of the sizes. */
function setUp(t: Test) {
  const dir = temporaryFolder(t);
  const json = join(temporaryFolder(t), 'run.json');
  return {
    dir,
    compare: (...words: string[]) => [MAIN, 'compare', '--scale', '0.01', '--dir', dir, '--json', json, ...words],
    run: () => JSON.parse(readFileSync(json, 'utf8')) as CompareRun,
  };
}

const namesOf = ({ outcomes }: CompareRun): string[] =>
  outcomes.map(({ scenario, contestant }) => `${scenarioId(scenario)} ${contestant}`);

t.test('all three contestants carry scenarios out, and a second run goes on', large, async (t) => {
  const { dir, compare, run } = setUp(t);
  const first = await runBench(compare('--only', 'upload-10-5-1-thread'));
  t.equal(first.code, 0, first.stderr);
  const begun = run();
  t.same(new Set(namesOf(begun)), new Set(['old', 'legacy', 'stream'].map((name) => `upload-10-5-1-thread ${name}`)));

  const second = await runBench(compare('--only', 'upload-10-5-1-thread', 'download-50-5-5-process'));
  t.equal(second.code, 0, second.stderr);
  t.match(second.stderr, '3 of 3', 'three that there were are not repeated');
  const whole = run();
  t.same(whole.outcomes.slice(0, 3), begun.outcomes);
  t.equal(whole.outcomes.length, 6);
  for (const { contestant, scenario, ...outcome } of whole.outcomes) {
    t.match(second.stdout, `${scenarioId(scenario)} ${contestant}`);
    const size = Math.round(scenario.megabytes * 10_485.76);
    const content = scenario.clients * size;
    t.match(outcome, { ending: 'done', clientSuccesses: 5, clientFailures: 0, serverSuccesses: 5, serverFailures: 0 });
    t.ok(outcome.averageSeconds! > 0 && outcome.averageSeconds! <= outcome.seconds);
    t.equal(outcome.bytesPerSecondPerClient, size / outcome.averageSeconds!);
    t.equal(outcome.error, undefined);
    // Base64 takes four bytes for three; around it are a name and a few words, or frames.
    const least = contestant === 'stream' ? content : (content * 4) / 3;
    t.ok(outcome.wireBytes! >= least && outcome.wireBytes! < least * 1.05 + 20_000, `${outcome.wireBytes} on the wire`);
    if (outcome.seconds < 1) t.equal(outcome.runs, 5);
    if (process.platform !== 'linux') continue;
    t.ok(outcome.cpuSeconds.server! >= 0 && outcome.cpuSeconds.clients! >= 0);
    t.ok(outcome.peakMemory.server! > 30e6 && outcome.peakMemory.clients! > 30e6);
  }
  if (process.platform === 'linux') t.equal(whole.idle.length, 2);
  t.same(readdirSync(dir), [], 'nothing is left');
});

t.test('interrupted, it leaves whole results and goes on from them', large, async (t) => {
  const { dir, compare, run } = setUp(t);
  const only = ['--only', 'upload-10-1-1-thread', 'download-10-1-1-thread'];
  const interrupted = await runBench(compare(...only), (text, interrupt) => {
    if (text.includes('2 of 6')) interrupt();
  });
  t.equal(interrupted.code, 130);
  const begun = run();
  t.ok(begun.outcomes.length >= 2 && begun.outcomes.length < 6);
  t.same(readdirSync(dir), [], 'nothing is left');

  const resumed = await runBench(compare(...only));
  t.equal(resumed.code, 0, resumed.stderr);
  t.same(run().outcomes.slice(0, begun.outcomes.length), begun.outcomes);
  t.equal(new Set(namesOf(run())).size, 6);

  const other = await runBench(compare(...only, '--stop-after', '3'));
  t.equal(other.code, 2);
  t.match(other.stderr, /another bounds; name another file with --json, or start over with --fresh\n$/);
  t.equal(run().outcomes.length, 6, 'still there');
});

t.test('the old architecture is stopped, and that is recorded', large, async (t) => {
  const { dir, compare, run } = setUp(t);
  const late = await runBench(compare('--only', 'upload-100-5-1-process', 'old', '--stop-after', '0.001'));
  t.equal(late.code, 0, late.stderr);
  const [stopped] = run().outcomes;
  t.match(stopped, { ending: 'stopped-by-time', clientFailures: 5, clientSuccesses: 0, averageSeconds: null });
  t.match(stopped, { runs: 1, wireBytes: null, bytesPerSecondPerClient: null, error: /stopped by time/ });
  t.match(late.stdout, /upload-100-5-1-process old +> 0\./);

  const greedy = await runBench(compare('--only', 'download-100-5-1-thread', 'old', '--stop-above', '1MiB', '--fresh'));
  t.equal(greedy.code, 0, greedy.stderr);
  t.match(run().outcomes, [{ ending: process.platform === 'linux' ? 'stopped-by-memory' : 'done' }]);
  t.same(readdirSync(dir), [], 'nothing is left');
});

t.test('a server that is running already', large, async (t) => {
  const { port, files } = await startServer(t);
  for (const [protocol, contestant] of [
    ['stream', 'stream'],
    ['legacy-text', 'legacy'],
  ] as const) {
    const { dir, compare, run } = setUp(t);
    const target = ['--target', `127.0.0.1:${port}`, '--protocol', protocol];
    const { code, stderr } = await runBench(compare(...target, '--only', 'upload-10-5-', 'download-10-5-'));
    t.equal(code, 0, stderr);
    const { outcomes, ...rest } = run();
    t.match(rest, { target: { address: `127.0.0.1:${port}`, protocol }, idle: [] });
    t.equal(outcomes.length, 2);
    for (const outcome of outcomes) {
      t.match(outcome, { contestant, clientSuccesses: 5, serverSuccesses: 5, cpuSeconds: { server: null } });
      t.equal(outcome.peakMemory.server, null);
    }
    t.same(files(), [], 'nothing stays there');
    t.same(readdirSync(dir), [], 'nothing is left');
  }
});

for (const [script, protocol] of [
  ['json_server', 'legacy-json'],
  ['text_server', 'legacy-text'],
] as const) {
  t.test(`a server of somebody else in ${protocol}`, large, async (t) => {
    const { dir: served, port } = await startOldServer(t, script);
    const { dir, compare, run } = setUp(t);
    const target = ['--target', `127.0.0.1:${port}`, '--protocol', protocol];
    const { code, stderr } = await runBench(compare(...target, '--only', 'load-10-1-', 'load-10-5-'));
    t.equal(code, 0, stderr);
    const { outcomes, target: recorded } = run();
    t.same(recorded, { address: `127.0.0.1:${port}`, protocol });
    t.same(
      outcomes.map(({ scenario, contestant }) => [scenario.operation, scenario.clients, contestant]).sort(),
      ['DOWNLOAD', 'UPLOAD'].flatMap((operation) => [1, 5].map((clients) => [operation, clients, 'legacy'])),
    );
    for (const { scenario, ...outcome } of outcomes) {
      const { clients } = scenario;
      t.match(outcome, { ending: 'done', clientSuccesses: clients, clientFailures: 0 });
      t.match(outcome, { serverSuccesses: clients, serverFailures: 0 });
      t.ok(outcome.wireBytes! >= (clients * 104_858 * 4) / 3, `${outcome.wireBytes} bytes on the wire`);
    }
    t.same(readdirSync(served), [], 'nothing stays there');
    t.same(readdirSync(dir), [], 'nothing is left');
  });
}

for (const [lie, told] of [
  ['--half', 'half of a file'],
  ['--spoil', 'a file with one byte changed'],
] as const) {
  t.test(`a server that says OK and stores ${told}: nobody's file is whole`, large, async (t) => {
    const { dir: served, port } = await startOldServer(t, 'json_server', lie);
    const { dir, compare, run } = setUp(t);
    const target = ['--target', `127.0.0.1:${port}`, '--protocol', 'legacy-json'];
    const { code, stdout, stderr } = await runBench(compare(...target, '--only', 'load-10-1-', 'load-10-5-'));
    t.equal(code, 0, stderr);
    const { outcomes } = run();
    t.equal(outcomes.length, 4);
    for (const { scenario, contestant, ...outcome } of outcomes) {
      const { clients } = scenario;
      const id = `${scenarioId(scenario)} ${contestant}`;
      // The clients only know what they were told, but a run with a file that isn't whole is not repeated.
      t.match(outcome, { runs: 1, clientSuccesses: clients, serverSuccesses: 0, serverFailures: clients }, id);
      t.match(stdout, new RegExp(`^${id} .* 0$`, 'm'), 'the last column is of those that are whole');
    }
    t.same(readdirSync(served), [], 'nothing stays there');
    t.same(readdirSync(dir), [], 'nothing is left');
  });
}

t.test('a turn that does not begin is recorded, and not tried again', large, async (t) => {
  const { port } = await startServer(t, { legacy: false });
  const { dir, compare, run } = setUp(t);
  const words = compare('--target', `127.0.0.1:${port}`, '--protocol', 'legacy-json', '--only', 'load-10-5-');
  const first = await runBench(words);
  t.equal(first.code, 0, first.stderr);
  const begun = run();
  t.equal(begun.outcomes.length, 2, 'the second has its turn');
  for (const outcome of begun.outcomes) {
    t.match(outcome, { runs: 0, clientSuccesses: 0, clientFailures: 5, error: /^it did not begin: / });
  }
  t.equal((await runBench(words)).code, 0);
  t.same(run(), begun);
  t.same(readdirSync(dir), [], 'nothing is left');
});

t.test('interrupted, it leaves nothing on the server of somebody else', large, async (t) => {
  const { dir: served, port, files } = await startServer(t);
  const { dir, compare } = setUp(t);
  const words = compare('--target', `127.0.0.1:${port}`, '--scale', '0.1', '--only', 'upload-10-50-');
  const { code, stdout } = await runBench(words, undefined, (interrupt) => {
    const watcher = watch(served, (_, name) => {
      if (name?.includes('-item-') === true) interrupt();
    });
    t.teardown(() => watcher.close());
  });
  t.equal(code, 130);
  t.equal(stdout, '');
  t.same(files(), []);
  t.same(readdirSync(dir), []);
});

t.test('what there is not', async (t) => {
  const { compare } = setUp(t);
  const unknown = await runBench(compare('--only', 'upload-11-'));
  t.equal(unknown.code, 2);
  t.match(unknown.stderr, 'nothing is named so: upload-11-');
  const nobody = await runBench(compare('--target', '127.0.0.1:1', '--only', 'upload-10-1-'));
  t.equal(nobody.code, 1);
  t.match(nobody.stderr, /error: 127\.0\.0\.1:1 refused the connection/);
});
