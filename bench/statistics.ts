export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** @param values at least one */
export function spread(values: readonly number[]): Spread {
  return { min: Math.min(...values), median: median(values), max: Math.max(...values) };
}

/** The middle value; between two, their mean. @param values at least one */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/**
 * How many times as fast as `floor`: the median over the rounds of the ratio within one round. What slows a whole round down
 * slows both, so this says more than the ratio of two medians.
 */
export function pairedRatio(rates: readonly number[], floor: readonly number[]): number {
  return median(rates.map((rate, round) => rate / floor[round]!));
}
