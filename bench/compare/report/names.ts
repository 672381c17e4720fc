import { counted } from '../../report/text.js';
import type { Contestant } from '../result.js';
import type { Scenario } from '../scenario.js';

export const CONTESTANT_NAMES: Readonly<Record<Contestant, string>> = {
  old: 'old architecture',
  legacy: 'old protocol, this server',
  stream: 'streaming',
};

/** For sentences. */
export function scenarioText({ operation, megabytes, clients, serverWorkers, pool }: Scenario): string {
  return `${operation} ${megabytes} MB × ${counted(clients, 'client')}, ${counted(serverWorkers, pool)}`;
}

/** Makes the report again from the run beside it. */
export function remakeCommand(name: string): string {
  return `npm run bench -- compare-report ${name}.json --out . --name ${name}`;
}

export function secondsText(seconds: number): string {
  return `${seconds >= 100 ? seconds.toFixed(0) : seconds >= 1 ? seconds.toFixed(2) : seconds.toFixed(3)} s`;
}

export function mebibytesText(bytes: number): string {
  return `${Math.round(bytes / 1024 ** 2).toLocaleString('en')} MiB`;
}
