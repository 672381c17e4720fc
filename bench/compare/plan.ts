import { availableParallelism } from 'node:os';
import { type Contestant, CONTESTANTS } from './result.js';
import { matrix, type Scenario, scenarioId } from './scenario.js';

/** One contestant's turn in one scenario. */
export interface Turn {
  readonly scenario: Scenario;
  readonly contestant: Contestant;
}

/** Some of everything: each operation, size, number of clients and of workers, and both pools. */
const QUICK: ReadonlySet<string> = new Set([
  'upload-10-1-1-thread',
  'upload-10-5-5-process',
  'upload-10-50-5-thread',
  'upload-50-5-1-thread',
  'upload-100-5-5-thread',
  'upload-100-1-1-process',
  'download-10-1-1-process',
  'download-10-5-5-thread',
  'download-10-50-50-thread',
  'download-50-5-1-process',
  'download-100-5-5-process',
  'download-100-1-1-thread',
]);

export const quickMatrix = (): Scenario[] => matrix().filter((scenario) => QUICK.has(scenarioId(scenario)));

/**
 * The turns, scenario by scenario; who begins changes from one scenario to the next, so that what drifts hits all alike.
 * @param only names of contestants, and parts of `scenarioId-contestant`; all where there are none of a kind
 */
export function planTurns(
  scenarios: readonly Scenario[],
  contestants: readonly Contestant[],
  only: readonly string[],
): Turn[] {
  const isContestant = (word: string): boolean => (CONTESTANTS as readonly string[]).includes(word);
  const chosen = only.filter(isContestant);
  const parts = only.filter((word) => !isContestant(word));
  const turns = scenarios.flatMap((scenario, index) =>
    contestants.map((_, place) => ({ scenario, contestant: contestants[(index + place) % contestants.length]! })),
  );
  return turns.filter(
    (turn) =>
      (chosen.length === 0 || chosen.includes(turn.contestant)) &&
      (parts.length === 0 || parts.some((part) => turnId(turn).includes(part))),
  );
}

export const turnId = ({ scenario, contestant }: Turn): string => `${scenarioId(scenario)}-${contestant}`;

/** Seconds that a turn takes, all in all, on a machine like those that this was written on: a first guess, corrected as turns end. */
export function guessSeconds({ scenario, contestant }: Turn, bound: number): number {
  const { megabytes, clients, serverWorkers, pool } = scenario;
  const start = 1 + serverWorkers * (pool === 'thread' ? 0.04 : 0.08);
  if (contestant === 'old') {
    const oneAlone = 2 * (megabytes / 10) ** 2;
    return start + Math.min(bound, (oneAlone * clients) / Math.min(clients, serverWorkers, availableParallelism()));
  }
  const seconds = (megabytes * clients) / (contestant === 'stream' ? 500 : 250);
  return start + seconds * (seconds < 1 ? 5 : 1.5);
}
