import { type Contestant, isClean } from '../result.js';
import { type Ratio, ratioSpread, type RatioSpread, timeRatio, wasStopped } from './ratio.js';
import type { Row } from './row.js';

export type Rival = Exclude<Contestant, 'stream'>;

/**
 * - `faster`: streaming took less time, with no failed client and every file whole
 * - `slower`: it took as long or longer, or was itself stopped
 * - `open`: the times don't say, because a side was stopped too early, or some of its clients failed or of its files are not whole
 * - `missing`: one of the two was not run
 */
export type Verdict = 'faster' | 'slower' | 'open' | 'missing';

export interface Bout {
  readonly row: Row;
  readonly ratio: Ratio | null;
  readonly verdict: Verdict;
}

/** Streaming against one rival, over the matrix. */
export interface Duel {
  readonly rival: Rival;
  readonly bouts: readonly Bout[];
  /** Scenarios that both ran. */
  readonly measured: number;
  /** Of the measured ones, without those where streaming was stopped or nothing can be divided. */
  readonly spread: RatioSpread | null;
}

export function duel(rows: readonly Row[], rival: Rival): Duel {
  const bouts = rows.map((row) => bout(row, rival));
  const ratios = bouts.flatMap(({ ratio }) => (ratio === null || ratio.bound === 'most' ? [] : [ratio]));
  return {
    rival,
    bouts,
    measured: bouts.filter(({ verdict }) => verdict !== 'missing').length,
    spread: ratioSpread(ratios),
  };
}

function bout(row: Row, rival: Rival): Bout {
  const ratio = timeRatio(row.outcomes[rival], row.outcomes.stream);
  return { row, ratio, verdict: verdictOf(row, rival, ratio) };
}

function verdictOf({ outcomes }: Row, rival: Rival, ratio: Ratio | null): Verdict {
  const { [rival]: other, stream } = outcomes;
  if (other === undefined || stream === undefined) return 'missing';
  if (wasStopped(stream)) return wasStopped(other) ? 'open' : 'slower';
  if (!isClean(stream) || ratio === null) return 'open';
  if (ratio.value > 1) return 'faster';
  // A rival that was stopped, let clients fail or spoiled files has not shown that it is the faster one.
  return isClean(other) ? 'slower' : 'open';
}
