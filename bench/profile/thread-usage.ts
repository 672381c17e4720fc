import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

/** CPU seconds of a process so far, or between two looks. */
export interface ThreadUsage {
  readonly main: number;
  /** Workers, the pool of asynchronous file calls, and V8's own helpers together: before Node 24 nothing tells them apart. */
  readonly others: number;
}

/** A thread that runs is only brought up to date by the kernel's tick, one that waits is always. Milliseconds. */
const REST = 10;

/**
 * Looks at what each thread of a process has used, in nanoseconds of the scheduler's own clock. Threads that have ended no
 * longer count: everything measured here keeps its threads.
 * @param pid the caller's own too, for which it waits a little, as for any
 */
export async function threadUsage(pid: number): Promise<ThreadUsage> {
  await setTimeout(REST);
  let [main, others] = [0, 0];
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const seconds = Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ')[0]) / 1e9;
    if (Number(thread) === pid) main = seconds;
    else others += seconds;
  }
  return { main, others };
}

/** What it used while `work` ran. */
export async function usageDuring(pid: number, work: () => unknown): Promise<ThreadUsage> {
  const before = await threadUsage(pid);
  await work();
  return difference(before, await threadUsage(pid));
}

export function difference(before: ThreadUsage, after: ThreadUsage): ThreadUsage {
  return { main: after.main - before.main, others: after.others - before.others };
}

export function scaled({ main, others }: ThreadUsage, factor: number): ThreadUsage {
  return { main: main * factor, others: others * factor };
}
