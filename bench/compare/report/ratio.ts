import { figureText } from '../../report/text.js';
import type { Outcome } from '../result.js';

/** A ratio of two times. Where one of them was stopped, only a bound on it is known. */
export interface Ratio {
  readonly value: number;
  /** `least`: the rival was stopped, so the ratio is above `value`; `most`: streaming was, so it is below. */
  readonly bound: 'exact' | 'least' | 'most';
}

export interface RatioSpread {
  readonly min: Ratio;
  readonly median: Ratio;
  readonly max: Ratio;
}

/** The rival's time over streaming's. Null where there is nothing to divide: one is missing, both were stopped, or all clients of one failed. */
export function timeRatio(rival: Outcome | undefined, stream: Outcome | undefined): Ratio | null {
  if (rival === undefined || stream === undefined) return null;
  const [rivalStopped, streamStopped] = [wasStopped(rival), wasStopped(stream)];
  if (rivalStopped && streamStopped) return null;
  if ([rival, stream].some((outcome) => !wasStopped(outcome) && outcome.clientSuccesses === 0)) return null;
  return { value: rival.seconds / stream.seconds, bound: rivalStopped ? 'least' : streamStopped ? 'most' : 'exact' };
}

export function wasStopped({ ending }: Outcome): boolean {
  return ending !== 'done';
}

/**
 * Ratios that are only known to lie above a value count as that value, and what they could still raise is itself marked as a lower bound. The median
 * is exact where all of them lie in the upper half anyway.
 * @param ratios none of them `most`; null when there are none
 */
export function ratioSpread(ratios: readonly Ratio[]): RatioSpread | null {
  if (ratios.length === 0) return null;
  const sorted = [...ratios].sort((a, b) => a.value - b.value);
  const upperMiddle = sorted[sorted.length >> 1]!;
  const lowerMiddle = sorted[(sorted.length - 1) >> 1]!;
  const open = sorted.filter(({ bound }) => bound === 'least');
  const marked = (value: number, isOpen: boolean): Ratio => ({ value, bound: isOpen ? 'least' : 'exact' });
  return {
    min: sorted[0]!,
    median: marked(
      (lowerMiddle.value + upperMiddle.value) / 2,
      open.some(({ value }) => value <= upperMiddle.value),
    ),
    max: marked(sorted.at(-1)!.value, open.length > 0),
  };
}

export function ratioText(ratio: Ratio | null): string {
  if (ratio === null) return '–';
  return `${{ exact: '', least: '> ', most: '< ' }[ratio.bound]}${figureText(ratio.value)}`;
}
