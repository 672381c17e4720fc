import { link, rm } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { type Child, startListener, startSluice } from '../child.js';
import { UNBOUNDED_HEAP } from '../old/workers.js';
import type { Place, Speech } from './client-job.js';
import type { Contestant } from './result.js';
import type { Scenario } from './scenario.js';

/** A server, and how its files are reached outside of the timed part. */
export interface Venue {
  readonly place: Place;
  readonly speech: Speech;
  /** Of the names of all files that are made there. */
  readonly prefix: string;
  /** Null if it isn't ours: then nobody knows what it uses. */
  readonly server: Child | null;
  /** Says which names clients are about to make there. */
  expect(remotes: readonly string[]): void;
  /** Makes a file that can be downloaded. */
  offer(source: string, remote: string): Promise<void>;
  /** @returns the path of an uploaded file, or of a copy of it; null if there is none */
  collect(remote: string): Promise<string | null>;
  remove(remote: string): Promise<void>;
  /** Ends a server of ours; leaves nothing on another. */
  close(): Promise<void>;
}

const OLD_SERVER = fileURLToPath(new URL('../old/server.js', import.meta.url));

/** Starts a contestant's server on an empty folder. */
export async function openVenue(
  contestant: Contestant,
  { pool, serverWorkers }: Scenario,
  served: string,
): Promise<Venue> {
  const { child, port } = await startServer(contestant, pool, serverWorkers, served);
  return {
    place: { host: '127.0.0.1', port },
    speech: contestant === 'legacy' ? 'legacy-json' : contestant,
    prefix: '',
    server: child,
    // The folder goes with all that is in it.
    expect: () => undefined,
    offer: (source, remote) => link(source, join(served, remote)),
    collect: (remote) => Promise.resolve(join(served, remote)),
    remove: (remote) => rm(join(served, remote), { force: true }),
    close: () => child.kill(),
  };
}

function startServer(
  contestant: Contestant,
  pool: Scenario['pool'],
  workers: number,
  served: string,
): Promise<{ child: Child; port: number }> {
  if (contestant === 'old') {
    const heap = `--max-old-space-size=${UNBOUNDED_HEAP}`;
    return startListener([process.execPath, heap, OLD_SERVER, served, '--pool', pool, '--workers', String(workers)]);
  }
  const runtime = pool === 'thread' ? 'threads' : 'processes';
  return startSluice(served, ['--workers', String(workers), '--runtime', runtime]);
}
