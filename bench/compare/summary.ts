import { formatBytes } from '../../lib/cli/rate.js';
import { aligned } from '../table.js';
import type { CompareRun, Outcome } from './result.js';
import { matrix, scenarioId } from './scenario.js';

/** A line for each scenario and contestant, for a first look. */
export function summary({ outcomes }: CompareRun): string {
  const order = matrix().map(scenarioId);
  const place = ({ scenario }: Outcome): number => order.indexOf(scenarioId(scenario));
  const rows = [...outcomes].sort((one, other) => place(one) - place(other)).map(row);
  const head = ['scenario', 'seconds', 'MB/s', 'server', 'clients', 'ok', 'failed', 'whole'];
  return aligned([head, ...rows])
    .join('\n')
    .concat('\n');
}

function row(outcome: Outcome): string[] {
  const { ending, seconds, peakMemory, clientSuccesses, clientFailures, serverSuccesses } = outcome;
  const memory = (bytes: number | null): string => (bytes === null ? '-' : formatBytes(bytes));
  return [
    `${scenarioId(outcome.scenario)} ${outcome.contestant}`,
    `${ending === 'done' ? '' : '> '}${seconds.toFixed(2)}`,
    outcome.aggregateMegabytesPerSecond.toFixed(1),
    memory(peakMemory.server),
    memory(peakMemory.clients),
    String(clientSuccesses),
    String(clientFailures),
    String(serverSuccesses),
  ];
}
