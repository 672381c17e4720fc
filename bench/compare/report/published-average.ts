import type { Outcome } from '../result.js';
import { wasStopped } from './ratio.js';

/** The average time that can stand beside a published one, seconds. That of a stopped scenario is over its quickest clients only: null. */
export function comparableAverage(outcome: Outcome | undefined): number | null {
  return outcome === undefined || wasStopped(outcome) ? null : outcome.averageSeconds;
}
