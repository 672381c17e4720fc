import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

/** CPU seconds of a process so far, or between two looks. */
export interface ThreadUsage {
  readonly main: number;
  /** Worker threads, and the pool that carries out asynchronous file calls. */
  readonly others: number;
  /** V8's own: they collect garbage and compile for all threads of the process. */
  readonly helpers: number;
}

export const NO_USAGE: ThreadUsage = { main: 0, others: 0, helpers: 0 };

/** A thread that runs is only brought up to date by the kernel's tick, one that waits is always. Milliseconds. */
const REST = 10;

/**
 * Node starts these before any code of ours runs: one for V8's timers, four for its tasks, one for the inspector's signal.
 * Before Node 24 threads have no names to know them by.
 */
const HELPERS = 6;

/** Throws where the system doesn't tell. */
export function requireThreadUsage(): void {
  if (existsSync('/proc/self/task') && existsSync('/proc/self/schedstat')) return;
  throw new Error('this needs /proc/PID/task/TID/schedstat, as Linux has it');
}

/**
 * Looks at what each thread of a process has used, by the scheduler's own clock (ns). Threads that have ended no longer count:
 * everything measured here keeps its threads.
 * @param pid may be the caller's own
 */
export async function threadUsage(pid: number): Promise<ThreadUsage> {
  await setTimeout(REST);
  const threads = readdirSync(`/proc/${pid}/task`)
    .map(Number)
    .sort((a, b) => a - b);
  const seconds = threads.map((thread) => {
    const line = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1');
    return Number(line.split(' ')[0]) / 1e9;
  });
  return { main: seconds[0]!, helpers: sum(seconds.slice(1, 1 + HELPERS)), others: sum(seconds.slice(1 + HELPERS)) };
}

/** What it used while `work` ran. */
export async function usageDuring(pid: number, work: () => unknown): Promise<ThreadUsage> {
  const before = await threadUsage(pid);
  await work();
  return minus(await threadUsage(pid), before);
}

export function total({ main, others, helpers }: ThreadUsage): number {
  return main + others + helpers;
}

export function plus(one: ThreadUsage, two: ThreadUsage): ThreadUsage {
  return { main: one.main + two.main, others: one.others + two.others, helpers: one.helpers + two.helpers };
}

export function minus(one: ThreadUsage, two: ThreadUsage): ThreadUsage {
  return plus(one, scaled(two, -1));
}

export function scaled({ main, others, helpers }: ThreadUsage, factor: number): ThreadUsage {
  return { main: main * factor, others: others * factor, helpers: helpers * factor };
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}
