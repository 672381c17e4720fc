import type { Place, Protocol } from '../compare/client-job.js';
import { HUNG } from '../compare/hung.js';
import { play } from '../compare/play.js';
import { MEGABYTE, type Operation, type Pool } from '../compare/scenario.js';
import { makeSources } from '../compare/sources.js';
import { openTarget } from '../compare/target.js';
import { openVenue, type Venue } from '../compare/venue.js';
import { Workspace } from '../workspace.js';

export interface StressOptions {
  readonly operation: Operation;
  readonly megabytes: number;
  readonly clients: number;
  /** Whether each client is a thread or a process of its own. */
  readonly clientPool: Pool;
  readonly protocol: Protocol;
  /** One to start, or one that is running. */
  readonly server: OwnServer | Place;
  /** Where to work; by default in memory, if there is room. */
  readonly dir?: string;
}

interface OwnServer {
  readonly pool: Pool;
  readonly workers: number;
}

/** A row of the published table, with its names. What nobody knows of a server that was running already is null. */
export interface StressRow {
  readonly server_pool: Pool | null;
  readonly no: number;
  readonly operation: Operation;
  readonly file_mb: number;
  readonly client_workers: number;
  readonly server_workers: number | null;
  /** Of the clients that succeeded; null if none did. */
  readonly avg_time_s: number | null;
  /** File size over that time. */
  readonly throughput_bytes_per_s: number | null;
  readonly client_success: number;
  readonly client_fail: number;
  /** What the first failed client said. */
  readonly error?: string;
}

/** Has all clients move a file each at once. A file that arrived, but not whole, is a failure of its client. */
export async function stress(options: StressOptions): Promise<StressRow> {
  const { operation, megabytes, clients, clientPool, protocol, server } = options;
  const own = 'pool' in server ? server : null;
  const scenario = {
    operation,
    megabytes,
    clients,
    serverWorkers: own?.workers ?? 1,
    pool: own?.pool ?? 'thread',
  } as const;
  const contestant = protocol === 'stream' ? 'stream' : 'legacy';
  const workspace = await Workspace.create(options.dir, megabytes * MEGABYTE * (clients + 2));
  const open = async (served: string): Promise<Venue> =>
    'pool' in server
      ? { ...(await openVenue(contestant, scenario, served)), speech: protocol }
      : openTarget(server, protocol, workspace.path('collected'));
  try {
    const { outcome } = await play(contestant, scenario, open, {
      workspace,
      sources: makeSources(workspace, megabytes * MEGABYTE),
      bounds: { seconds: HUNG, bytes: Infinity },
      hosts: { kind: clientPool, count: clients },
      isRepeated: false,
    });
    const lost = Math.max(0, outcome.clientSuccesses - outcome.serverSuccesses);
    const error = outcome.error ?? (lost > 0 ? `${lost} files arrived, but not as they were sent` : undefined);
    return {
      server_pool: own?.pool ?? null,
      no: 1,
      operation,
      file_mb: megabytes,
      client_workers: clients,
      server_workers: own?.workers ?? null,
      avg_time_s: outcome.averageSeconds,
      throughput_bytes_per_s: outcome.bytesPerSecondPerClient,
      client_success: outcome.clientSuccesses - lost,
      client_fail: outcome.clientFailures + lost,
      ...(error === undefined ? {} : { error }),
    };
  } finally {
    await workspace.remove();
  }
}
