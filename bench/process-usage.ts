import { readdirSync, readFileSync } from 'node:fs';

/** Of /proc/PID/stat; USER_HZ is 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/**
 * Seconds of CPU that a process and all its threads and living children have used, in user and system mode; undefined
 * where there is no /proc.
 */
export function cpuSeconds(pid: number): number | undefined {
  return sumOverTree(pid, (id) => {
    const fields = afterName(readFileSync(`/proc/${id}/stat`, 'latin1'));
    // utime and stime are fields 14 and 15; the first one after the name is 3.
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  });
}

/** The most memory (bytes) that a process had at one time, and its living children theirs, added up: VmHWM. */
export function peakMemory(pid: number): number | undefined {
  return sumOverTree(pid, (id) => {
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

function children(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, 'latin1').split(' ').filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
}
