import type { Contestant } from '../result.js';
import type { Row } from './row.js';

export interface MemoryUse {
  readonly row: Row;
  /** Bytes. */
  readonly peak: number;
  readonly bound: number;
}

/** A server's peak memory against its bound, in the scenarios where both are known. */
export interface MemoryVerdict {
  readonly within: number;
  readonly over: readonly MemoryUse[];
  /** Scenarios that were run, but without one of the two figures. */
  readonly unknown: number;
  /** The one that came nearest to its bound, or lies farthest beyond it. */
  readonly nearest: MemoryUse | null;
}

export function memoryVerdict(rows: readonly Row[], contestant: Contestant): MemoryVerdict {
  const run = rows.filter(({ outcomes }) => outcomes[contestant] !== undefined);
  const uses = run.flatMap((row) => {
    const peak = row.outcomes[contestant]!.peakMemory.server;
    return peak === null || row.memoryBound === null ? [] : [{ row, peak, bound: row.memoryBound }];
  });
  const over = uses.filter(({ peak, bound }) => peak > bound);
  const [nearest = null] = [...uses].sort((a, b) => b.peak / b.bound - a.peak / a.bound);
  return { within: uses.length - over.length, over, unknown: run.length - uses.length, nearest };
}
