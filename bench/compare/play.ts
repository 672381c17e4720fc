import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Child } from '../child.js';
import { cpuSeconds } from '../process-usage.js';
import { notLeaving, whenInterrupted } from '../interruption.js';
import { processTree } from '../process-tree.js';
import type { Workspace } from '../workspace.js';
import type { ClientJob } from './client-job.js';
import { Clients } from './clients.js';
import { Examiner } from './examiner.js';
import { memoryOf } from './memory-watch.js';
import type { Contestant, Outcome } from './result.js';
import { repeated } from './repeat.js';
import { type Bounds, runOnce } from './run.js';
import type { Operation, Pool, Scenario } from './scenario.js';
import type { Sources } from './sources.js';
import { unplayed } from './unplayed.js';
import type { Venue } from './venue.js';

const WARM_UP_BOUND = 20_000;
/** Milliseconds; more than a tick of the CPU clock. */
const QUIET = 40;
const QUIET_BOUND = 20_000;

export interface Play {
  readonly outcome: Outcome;
  /** Bytes of the server before it had done anything. */
  readonly idle: number | undefined;
}

export interface Setting {
  readonly workspace: Workspace;
  readonly sources: Sources;
  readonly bounds: Bounds;
  /** Where clients run. */
  readonly hosts?: { readonly kind: Pool; readonly count: number };
  /** Whether short runs are. Default true. */
  readonly isRepeated?: boolean;
}

const defaultHosts = ({ clients }: Scenario) =>
  ({ kind: 'process', count: Math.min(clients, availableParallelism()) }) as const;

/**
 * One contestant carries out one scenario: a fresh server, a fresh folder, fresh clients. Before the clock starts all of them run,
 * the server's workers too, and every client has moved a small file, so that code is loaded and compiled. Runs that follow a short one use the
 * same processes.
 *
 * Unless `hosts` says otherwise there are as many processes of clients as cores, at most one a client, whoever plays: more would not be faster, and
 * fifty of them would be fifty starts. The clients of one process are connections of their own that take turns.
 *
 * Where the small files don't get through, the outcome says that all clients failed, and why.
 * @throws if the server or the clients don't start
 */
export async function play(
  contestant: Contestant,
  scenario: Scenario,
  open: (served: string) => Promise<Venue>,
  { workspace, sources, bounds, hosts = defaultHosts(scenario), isRepeated = true }: Setting,
): Promise<Play> {
  const [served, local] = await Promise.all([workspace.folder('play', 'served'), workspace.folder('play', 'local')]);
  const examiner = new Examiner();
  const closing: (() => Promise<void>)[] = [() => workspace.clear('play'), () => examiner.close()];
  const closeAll = async (): Promise<void> => {
    for (let close; (close = closing.pop()) !== undefined;) await close();
  };
  const takeBack = whenInterrupted(closeAll);
  const start = performance.now();
  let isOpen = false;
  try {
    const [venue, clients] = await openBoth(open(served), Clients.start(hosts.kind, hosts.count), closing);
    isOpen = true;
    if (venue.server !== null) await becomesQuiet(venue.server);
    const idle = venue.server === null ? undefined : memoryOf(processTree(venue.server.pid));
    const plan = { venue, operation: scenario.operation, local };
    await warmUp(venue, clients, await makeJob(plan, 'warm-up', scenario.clients, sources.warmUp));
    const job = await makeJob(plan, 'item', scenario.clients, sources.path);
    const run = await repeated(
      () => runOnce(venue, clients, job, sources.load, bounds, examiner),
      isRepeated ? undefined : 1,
    );
    return { outcome: { contestant, scenario, ...run }, idle };
  } catch (error) {
    if (!isOpen) throw error;
    const seconds = (performance.now() - start) / 1000;
    return { outcome: unplayed(contestant, scenario, seconds, error), idle: undefined };
  } finally {
    await closeAll();
    takeBack();
    await notLeaving();
  }
}

/** Both start at once. Should one fail, the other is closed all the same. */
async function openBoth(
  opening: Promise<Venue>,
  starting: Promise<Clients>,
  closing: (() => Promise<void>)[],
): Promise<[Venue, Clients]> {
  const results = await Promise.allSettled([opening, starting]);
  const [venue, clients] = results;
  if (venue.status === 'fulfilled') closing.push(() => venue.value.close());
  if (clients.status === 'fulfilled') closing.push(() => clients.value.kill());
  return Promise.all([opening, starting]);
}

/** Until the server's workers have started and nothing more is to be done. */
async function becomesQuiet(server: Child): Promise<void> {
  const start = performance.now();
  let before: number | undefined;
  for (;;) {
    const now = cpuSeconds(server);
    if (now === before || performance.now() - start > QUIET_BOUND) return;
    before = now;
    await setTimeout(QUIET);
  }
}

async function warmUp(venue: Venue, clients: Clients, job: ClientJob): Promise<void> {
  const { ended, results } = clients.start(job);
  const isOver = await Promise.race([ended.then(() => true), setTimeout(WARM_UP_BOUND, false, { ref: false })]);
  if (!isOver)
    throw new Error(`the server did not even move ${results.length} small files in ${WARM_UP_BOUND / 1000} s`);
  const errors = results.flatMap((result) => result?.error ?? []);
  // Whoever has died would never answer the job; where only some failed, the job itself will show it.
  if ((await ended) === null || errors.length === results.length) throw new Error(errors[0]);
  if (job.operation === 'UPLOAD') for (const { remote } of job.transfers) await venue.remove(remote);
}

interface Plan {
  readonly venue: Venue;
  readonly operation: Operation;
  readonly local: string;
}

/** Uploads go from one file to many names, downloads from one name to many files. */
async function makeJob(
  { venue, operation, local }: Plan,
  name: string,
  count: number,
  source: string,
): Promise<ClientJob> {
  const isUpload = operation === 'UPLOAD';
  const offered = `${venue.prefix}${name}.bin`;
  if (!isUpload) await venue.offer(source, offered);
  const transfers = Array.from({ length: count }, (_, index) => {
    const own = `${venue.prefix}${name}-${index + 1}.bin`;
    return isUpload ? { local: source, remote: own } : { local: join(local, own), remote: offered };
  });
  if (isUpload) venue.expect(transfers.map(({ remote }) => remote));
  return { speech: venue.speech, place: venue.place, operation, transfers };
}
