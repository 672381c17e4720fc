import { isClean } from './result.js';
import type { Run } from './run.js';

/** Runs under a second are repeated until there are so many; the median one counts. */
const RUNS = 5;
const SHORT_RUN = 1;

/**
 * Repeats a short run while all goes well. The first run with a failure is the last one, and it is the one that counts: a median would hide it, and
 * a process that has died takes no second job.
 * @param most how many runs at most
 */
export async function repeated(runOnce: () => Promise<Run>, most = RUNS): Promise<Run & { readonly runs: number }> {
  const runs: Run[] = [];
  do {
    runs.push(await runOnce());
  } while (runs.length < most && runs[0]!.seconds < SHORT_RUN && isClean(runs.at(-1)!));
  const last = runs.at(-1)!;
  const byTime = [...runs].sort((one, other) => one.seconds - other.seconds);
  const chosen = isClean(last) ? byTime[byTime.length >> 1]! : last;
  const peak = (end: 'server' | 'clients'): number | null =>
    runs.reduce<number | null>((most, { peakMemory: { [end]: bytes } }) => {
      return most === null || bytes === null ? (most ?? bytes) : Math.max(most, bytes);
    }, null);
  return { ...chosen, runs: runs.length, peakMemory: { server: peak('server'), clients: peak('clients') } };
}
