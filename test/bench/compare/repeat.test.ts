import t from 'tap';
import { repeated } from '../../../bench/compare/repeat.js';
import type { Run } from '../../../bench/compare/run.js';

/** A clean run, or one that a change spoils. */
const run = (seconds: number, change: Partial<Run> = {}): Run => ({
  ending: 'done',
  seconds,
  averageSeconds: seconds,
  bytesPerSecondPerClient: 1,
  clientSuccesses: 2,
  clientFailures: 0,
  serverSuccesses: 2,
  serverFailures: 0,
  aggregateMegabytesPerSecond: 1,
  cpuSeconds: { server: 1, clients: 1 },
  peakMemory: { server: 100, clients: null },
  wireBytes: 10,
  ...change,
});

/** Carries out the given runs, one after the other; fails if asked for more. */
const playing = (...runs: Run[]) => {
  const left = [...runs];
  return () => Promise.resolve(left.shift() ?? t.fail('a run too many'));
};

t.test('of five clean runs the median one counts, with the greatest peaks of all', async (t) => {
  const peaks = [run(0.5), run(0.1, { peakMemory: { server: 900, clients: 7 } }), run(0.3), run(0.2), run(0.4)];
  t.match(await repeated(playing(...peaks) as () => Promise<Run>), {
    runs: 5,
    seconds: 0.3,
    peakMemory: { server: 900, clients: 7 },
  });
});

t.test('a run that was not clean ends the row, and is the one that counts', async (t) => {
  for (const spoiled of [
    { clientFailures: 1, error: 'reset' },
    { serverFailures: 1 },
    { ending: 'stopped-by-memory' },
  ] as const) {
    const runs = [run(0.1), run(0.2), run(0.01, spoiled)];
    t.match(await repeated(playing(...runs) as () => Promise<Run>), { runs: 3, seconds: 0.01, ...spoiled });
  }
});

t.test('what takes a second is run once, and so is what asks for it', async (t) => {
  t.match(await repeated(playing(run(1)) as () => Promise<Run>), { runs: 1 });
  t.match(await repeated(playing(run(0.1)) as () => Promise<Run>, 1), { runs: 1 });
});
