import { readFileSync } from 'node:fs';
import type { Child } from './child.js';
import { children } from './process-tree.js';

/** Of /proc/PID/stat; USER_HZ is 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** Memory is looked at this often (ms), */
const SHORTEST_PAUSE = 50;
/** and never so often that it would take more than a fiftieth of one core: fifty clients are a hundred processes. */
const PAUSE_PER_LOOK = 50;

/**
 * Seconds of CPU that a process, all its threads and all its descendants have used, in user and system mode, those that
 * have ended included; undefined where there is no /proc. Of a starter only what it started counts.
 */
export function cpuSeconds({ pid, isStarter = false }: Pick<Child, 'pid' | 'isStarter'>): number | undefined {
  return sumOverTree(pid, (id) => {
    const fields = afterName(readFileSync(`/proc/${id}/stat`, 'latin1'));
    // utime, stime, cutime and cstime are fields 14 to 17; the first one after the name is 3. The last two hold what ended
    // children had used, once their parent has waited for them.
    const [user, system, endedUser, endedSystem] = fields.slice(11, 15).map(Number) as [number, number, number, number];
    const own = id === pid && isStarter ? 0 : user + system;
    return (own + endedUser + endedSystem) / TICKS_PER_SECOND;
  });
}

/**
 * Watches the most memory (bytes) that each process and its living descendants had, added up (VmHWM). What lives for less
 * than a look is missed; the peak of a process that is there when it ends is exact. Pages that forked processes share
 * count once for each.
 */
export function watchMemory(watched: readonly (Child | null)[]): { stop(): (number | undefined)[] } {
  const peaks: (number | undefined)[] = watched.map(() => undefined);
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    watched.forEach((child, index) => {
      const memory = child === null ? undefined : memoryOf(child);
      if (memory !== undefined && memory > 0) peaks[index] = Math.max(peaks[index] ?? 0, memory);
    });
  };
  const lookAgain = (): void => {
    const start = performance.now();
    look();
    timer = setTimeout(lookAgain, Math.max(SHORTEST_PAUSE, (performance.now() - start) * PAUSE_PER_LOOK));
  };
  timer = setTimeout(lookAgain, SHORTEST_PAUSE / 2);
  return {
    stop() {
      clearTimeout(timer);
      look();
      return peaks;
    },
  };
}

function memoryOf({ pid, isStarter = false }: Pick<Child, 'pid' | 'isStarter'>): number | undefined {
  return sumOverTree(pid, (id) => {
    if (id === pid && isStarter) return 0;
    const line = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${id}/status`, 'latin1'));
    return Number(line?.[1] ?? 0) * 1024;
  });
}

/** The fields of a stat line behind the process's name, which is in parentheses and may hold anything. */
function afterName(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function sumOverTree(pid: number, measure: (pid: number) => number): number | undefined {
  let sum: number;
  try {
    sum = measure(pid);
  } catch {
    return undefined;
  }
  for (const child of children(pid)) sum += sumOverTree(child, measure) ?? 0;
  return sum;
}
