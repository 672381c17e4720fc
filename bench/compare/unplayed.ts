import type { Contestant, Outcome } from './result.js';
import type { Scenario } from './scenario.js';

/**
 * What is recorded of a turn that did not come to its timed part: all clients failed, and nothing else is known.
 * @param seconds that were spent on it
 */
export function unplayed(contestant: Contestant, scenario: Scenario, seconds: number, error: unknown): Outcome {
  return {
    contestant,
    scenario,
    ending: 'done',
    runs: 0,
    seconds,
    averageSeconds: null,
    bytesPerSecondPerClient: null,
    clientSuccesses: 0,
    clientFailures: scenario.clients,
    serverSuccesses: 0,
    serverFailures: scenario.clients,
    aggregateMegabytesPerSecond: 0,
    cpuSeconds: { server: null, clients: null },
    peakMemory: { server: null, clients: null },
    wireBytes: null,
    error: `it did not begin: ${error instanceof Error ? error.message : String(error)}`,
  };
}
