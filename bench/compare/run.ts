import { rm } from 'node:fs/promises';
import { cpuSeconds } from '../process-usage.js';
import { processTree } from '../process-tree.js';
import type { ClientJob, ClientResult } from './client-job.js';
import type { Clients } from './clients.js';
import type { Examiner } from './examiner.js';
import { MemoryWatch } from './memory-watch.js';
import type { Ending, Outcome } from './result.js';
import type { Venue } from './venue.js';

/** Seconds, and bytes of all processes of both ends together. */
export interface Bounds {
  readonly seconds: number;
  readonly bytes: number;
}

export type Run = Omit<Outcome, 'contestant' | 'scenario' | 'runs'>;

/** What every client moves. */
export interface Load {
  readonly size: number;
  readonly digest: string;
}

/**
 * Has all clients do their job at once, until the last one has ended or a bound is reached. A run that was stopped has killed
 * clients and server. Only the transfers are timed; then every file is compared by digest, and removed.
 */
export async function runOnce(
  venue: Venue,
  clients: Clients,
  job: ClientJob,
  load: Load,
  bounds: Bounds,
  examiner: Examiner,
): Promise<Run> {
  const { server } = venue;
  const cpuBefore = cpuOf(venue, clients);
  let stop: (ending: Ending) => void;
  const stopped = new Promise<Ending>((resolve) => (stop = resolve));
  const pids = { server: server === null ? [] : processTree(server.pid), clients: clients.pids };
  const memory = new MemoryWatch(pids, bounds.bytes, () => stop('stopped-by-memory'));
  const timer = setTimeout(() => stop('stopped-by-time'), bounds.seconds * 1000);

  const start = performance.now();
  const attempt = clients.start(job);
  const ending = await Promise.race([attempt.ended.then((): Ending => 'done'), stopped]);
  const seconds = (performance.now() - start) / 1000;

  clearTimeout(timer);
  const cpuAfter = cpuOf(venue, clients);
  const peaks = memory.stop();
  // Clients that end only because they are killed have not ended by themselves.
  const results = [...attempt.results];
  if (ending !== 'done') await Promise.all([clients.kill(), server?.kill()]);
  const whole = await countWhole(venue, job, load.digest, examiner);
  const count = job.transfers.length;
  return {
    ending,
    seconds,
    ...ofClients(results, seconds, load.size, ending),
    serverSuccesses: whole,
    serverFailures: count - whole,
    cpuSeconds: {
      server: difference(cpuBefore.server, cpuAfter.server),
      clients: difference(cpuBefore.clients, cpuAfter.clients),
    },
    peakMemory: { server: peaks.server ?? null, clients: peaks.clients ?? null },
    wireBytes: ending === 'done' ? await attempt.ended : null,
  };
}

function ofClients(results: readonly (ClientResult | undefined)[], seconds: number, size: number, ending: Ending) {
  const successes = results.filter((result) => result !== undefined && result.error === undefined) as ClientResult[];
  const total = successes.reduce((sum, result) => sum + result.seconds, 0);
  const averageSeconds = successes.length === 0 ? null : total / successes.length;
  const failure =
    results.find((result) => result?.error !== undefined)?.error ??
    (successes.length < results.length ? `${ending.replaceAll('-', ' ')}, after ${seconds.toFixed(1)} s` : undefined);
  return {
    averageSeconds,
    bytesPerSecondPerClient: averageSeconds === null ? null : size / averageSeconds,
    clientSuccesses: successes.length,
    clientFailures: results.length - successes.length,
    aggregateMegabytesPerSecond: (successes.length * size) / 1_048_576 / seconds,
    ...(failure === undefined ? {} : { error: failure }),
  };
}

/** Each file goes as soon as it was looked at: fifty of them are gigabytes of memory. */
async function countWhole(
  venue: Venue,
  { operation, transfers }: ClientJob,
  digest: string,
  examiner: Examiner,
): Promise<number> {
  let whole = 0;
  const left = [...transfers];
  const examine = async (): Promise<void> => {
    for (let transfer; (transfer = left.shift()) !== undefined;) {
      const { local, remote } = transfer;
      const path = operation === 'DOWNLOAD' ? local : await venue.collect(remote);
      if (path !== null && (await examiner.digestOf(path)) === digest) whole++;
      await (operation === 'DOWNLOAD' ? rm(local, { force: true }) : venue.remove(remote));
    }
  };
  await Promise.all(Array.from({ length: examiner.lanes }, examine));
  return whole;
}

function cpuOf({ server }: Venue, clients: Clients): { server: number | undefined; clients: number | undefined } {
  const each = clients.pids.map((pid) => cpuSeconds({ pid }));
  return {
    server: server === null ? undefined : cpuSeconds(server),
    clients: each.reduce((sum, one) => (sum === undefined || one === undefined ? undefined : sum + one), 0),
  };
}

function difference(before: number | undefined, after: number | undefined): number | null {
  return before === undefined || after === undefined ? null : after - before;
}
