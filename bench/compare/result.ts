import type { Machine } from '../machine.js';
import type { Place } from '../workspace.js';
import type { Scenario } from './scenario.js';

/**
 * Who carries a scenario out.
 * - `old`: the old architecture with the old protocol, server and clients as they were
 * - `legacy`: the old protocol on this server, spoken by this project's own client (legacy-json)
 * - `stream`: the streaming protocol on this server
 */
export type Contestant = 'old' | 'legacy' | 'stream';

export const CONTESTANTS: readonly Contestant[] = ['old', 'legacy', 'stream'];

/** How a scenario ended: by itself, or stopped at the bound on its time or on the memory of all its processes together. */
export type Ending = 'done' | 'stopped-by-time' | 'stopped-by-memory';

/**
 * What one contestant did in one scenario. Of several clean runs the one whose time is the median; a run with a failure is never passed over.
 * Peaks are the greatest of all runs.
 */
export interface Outcome {
  readonly contestant: Contestant;
  readonly scenario: Scenario;
  readonly ending: Ending;
  /** How many runs there were: none if server, clients or warm-up failed, 5 of scenarios under a second, fewer if one of them had a failure, otherwise 1. */
  readonly runs: number;
  /** From the moment that all clients are told to start to the end of the last one; of a stopped scenario, until then. */
  readonly seconds: number;
  /** The report's average time: the mean over the clients that succeeded; null if none did. */
  readonly averageSeconds: number | null;
  /** The report's throughput per client: file size over averageSeconds, B/s; null if no client succeeded. */
  readonly bytesPerSecondPerClient: number | null;
  readonly clientSuccesses: number;
  /** Stopped ones included. */
  readonly clientFailures: number;
  /** Files that are there, whole, by digest: on the server for uploads, as sent to the clients for downloads. */
  readonly serverSuccesses: number;
  readonly serverFailures: number;
  /** Content of the clients that succeeded over `seconds`, in 1,048,576 bytes. */
  readonly aggregateMegabytesPerSecond: number;
  /** Null where the system doesn't tell. */
  readonly cpuSeconds: { readonly server: number | null; readonly clients: number | null };
  /** Bytes, all processes of that end added up, the most at one time; sampled. */
  readonly peakMemory: { readonly server: number | null; readonly clients: number | null };
  /** What crossed the sockets both ways, by the clients' count; null where they were stopped. */
  readonly wireBytes: number | null;
  /** What the first failed client said. */
  readonly error?: string;
}

/** Whether every client ended by itself and every file is there, whole. Only such an outcome's figures are those of the whole scenario. */
export function isClean({
  ending,
  clientFailures,
  serverFailures,
}: Pick<Outcome, 'ending' | 'clientFailures' | 'serverFailures'>): boolean {
  return ending === 'done' && clientFailures + serverFailures === 0;
}

/** Memory of an idle server with that many workers, all its processes, bytes. */
export interface IdleCost {
  readonly pool: Scenario['pool'];
  readonly serverWorkers: number;
  readonly bytes: number;
}

/** A run of `bench compare`, finished or not. */
export interface CompareRun {
  readonly kind: 'sluice-compare';
  /** As it was typed, the last time. */
  readonly command: string;
  readonly date: string;
  readonly machine: Machine;
  /** Of the streaming server, bytes. */
  readonly slab: number;
  readonly bounds: { readonly seconds: number; readonly bytes: number };
  /** Of the sizes of files, in a trial; left out where it is 1. */
  readonly scale?: number;
  /** The server that was measured, if it was one that was running already. */
  readonly target?: { readonly address: string; readonly protocol: string };
  /** What the files lie on. Left out of runs that were recorded before it was; so is `build`. */
  readonly place?: Place;
  /** A mark of the code that was measured. */
  readonly build?: string;
  readonly idle: readonly IdleCost[];
  readonly outcomes: readonly Outcome[];
}
