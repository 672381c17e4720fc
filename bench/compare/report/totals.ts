import { type Spread, spread } from '../../statistics.js';
import { type Contestant, isClean, type Outcome } from '../result.js';
import { MEGABYTE } from '../scenario.js';
import { wasStopped } from './ratio.js';
import type { Row } from './row.js';

const GIGABYTE = 1024 * MEGABYTE;

/** One contestant over the matrix. */
export interface Totals {
  readonly contestant: Contestant;
  readonly scenarios: number;
  readonly stoppedByTime: number;
  readonly stoppedByMemory: number;
  readonly clients: number;
  readonly clientFailures: number;
  /** Of clientFailures, those in scenarios that were stopped. */
  readonly stoppedClients: number;
  readonly serverFailures: number;
  /** The rest is over the scenarios that ended by themselves with no failed client and every file whole; null without any. MB/s of all clients together. */
  readonly throughput: Spread | null;
  /** Server and clients, for each GiB of content. */
  readonly cpuSecondsPerGigabyte: Spread | null;
  /** Bytes on the wire for each byte of content. */
  readonly wireRatio: Spread | null;
  /** The most in any scenario, stopped ones too; bytes. */
  readonly peakMemory: { readonly server: number | null; readonly clients: number | null };
}

export function totalsOf(rows: readonly Row[], contestant: Contestant): Totals {
  const outcomes = rows.flatMap(({ outcomes }) => outcomes[contestant] ?? []);
  const whole = outcomes.filter(isClean);
  const sum = (of: readonly Outcome[], key: 'clientSuccesses' | 'clientFailures' | 'serverFailures'): number =>
    of.reduce((total, outcome) => total + outcome[key], 0);
  return {
    contestant,
    scenarios: outcomes.length,
    stoppedByTime: outcomes.filter(({ ending }) => ending === 'stopped-by-time').length,
    stoppedByMemory: outcomes.filter(({ ending }) => ending === 'stopped-by-memory').length,
    clients: sum(outcomes, 'clientSuccesses') + sum(outcomes, 'clientFailures'),
    clientFailures: sum(outcomes, 'clientFailures'),
    stoppedClients: sum(outcomes.filter(wasStopped), 'clientFailures'),
    serverFailures: sum(outcomes, 'serverFailures'),
    throughput: spreadOf(whole, ({ aggregateMegabytesPerSecond }) => aggregateMegabytesPerSecond),
    cpuSecondsPerGigabyte: spreadOf(whole, (outcome) => {
      const { server, clients } = outcome.cpuSeconds;
      return server === null || clients === null ? null : ((server + clients) * GIGABYTE) / contentBytes(outcome);
    }),
    wireRatio: spreadOf(whole, (outcome) =>
      outcome.wireBytes === null ? null : outcome.wireBytes / contentBytes(outcome),
    ),
    peakMemory: {
      server: greatest(outcomes, ({ peakMemory }) => peakMemory.server),
      clients: greatest(outcomes, ({ peakMemory }) => peakMemory.clients),
    },
  };
}

/** What the clients of a scenario move together, bytes. */
function contentBytes({ scenario }: Outcome): number {
  return scenario.clients * scenario.megabytes * MEGABYTE;
}

function spreadOf(outcomes: readonly Outcome[], value: (outcome: Outcome) => number | null): Spread | null {
  const values = known(outcomes, value);
  return values.length === 0 ? null : spread(values);
}

function greatest(outcomes: readonly Outcome[], value: (outcome: Outcome) => number | null): number | null {
  const values = known(outcomes, value);
  return values.length === 0 ? null : Math.max(...values);
}

function known(outcomes: readonly Outcome[], value: (outcome: Outcome) => number | null): number[] {
  return outcomes.map(value).filter((it) => it !== null);
}
