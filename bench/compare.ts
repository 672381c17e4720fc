import process from 'node:process';
import { UsageError } from '../lib/cli/usage-error.js';
import { parseTarget } from '../lib/client/connect.js';
import { buildMark } from './compare/build-mark.js';
import type { Protocol } from './compare/client-job.js';
import { HUNG } from './compare/hung.js';
import { planTurns, quickMatrix } from './compare/plan.js';
import { play } from './compare/play.js';
import { Progress } from './compare/progress.js';
import { RunFile } from './compare/run-file.js';
import { type CompareRun, type Contestant, CONTESTANTS } from './compare/result.js';
import type { Bounds } from './compare/run.js';
import { matrix, MEGABYTE, type Scenario } from './compare/scenario.js';
import { makeSources, type Sources } from './compare/sources.js';
import { openTarget } from './compare/target.js';
import { unplayed } from './compare/unplayed.js';
import { openVenue } from './compare/venue.js';
import { describeMachine } from './machine.js';
import { type Place, warmMemory, Workspace } from './workspace.js';

export interface CompareOptions {
  readonly json: string;
  readonly fresh: boolean;
  readonly quick: boolean;
  readonly only: readonly string[];
  readonly dir?: string;
  /** Bounds on the old architecture. */
  readonly bounds: Bounds;
  /** Of file sizes, for tests. */
  readonly scale: number;
  /** A server that is running already, in place of the contestants. */
  readonly target?: { readonly address: string; readonly protocol: Protocol };
}

/** The server's default `--memory`. */
const SLAB = 256 * 1024 ** 2;

/** Carries out what of the matrix is chosen and not yet recorded. */
export async function compare(options: CompareOptions): Promise<CompareRun> {
  const { target, quick, only, bounds, scale } = options;
  const contestants: readonly Contestant[] =
    target === undefined ? CONTESTANTS : [target.protocol === 'stream' ? 'stream' : 'legacy'];
  const scenarios = target !== undefined ? targetMatrix() : quick ? quickMatrix() : matrix();
  const chosen = planTurns(scenarios, contestants, only);
  if (chosen.length === 0)
    throw new UsageError(`nothing is named so: ${only.join(' ')}; a name is upload-10-50-5-thread-old`);
  const sizeOf = ({ megabytes }: Scenario): number => Math.max(1, Math.round(megabytes * MEGABYTE * scale));
  const most = Math.max(...chosen.map(({ scenario }) => sizeOf(scenario) * scenario.clients));
  const { parent, place } = await Workspace.choose(options.dir, most + 300 * MEGABYTE);
  const file = new RunFile(options.json, blankRun(options, place), options.fresh);
  const turns = chosen.filter(({ scenario, contestant }) => !file.has(scenario, contestant));
  if (turns.length === 0) return file.run;

  // Nothing here speaks TLS, and Node would read the certificates at the start of each of 4,000 processes.
  delete process.env['NODE_EXTRA_CA_CERTS'];
  const workspace = await Workspace.create(parent, 0);
  const progress = new Progress(turns, bounds.seconds);
  try {
    if (workspace.place === 'memory') await warmMemory(most);
    const sourcesBySize = new Map<number, Sources>();
    for (const { scenario, contestant } of turns) {
      const size = sizeOf(scenario);
      const sources = sourcesBySize.get(size) ?? makeSources(workspace, size);
      sourcesBySize.set(size, sources);
      const open = (served: string) =>
        target === undefined
          ? openVenue(contestant, scenario, served)
          : openTarget(parseTarget(target.address), target.protocol, workspace.path('collected'));
      const stopAt = contestant === 'old' ? bounds : { seconds: HUNG, bytes: Infinity };
      const start = performance.now();
      const { outcome, idle } = await play(contestant, scenario, open, { workspace, sources, bounds: stopAt }).catch(
        (error: unknown) => {
          // What doesn't start would not start the next time either. A server of somebody else may come back.
          if (target !== undefined) throw error;
          const seconds = (performance.now() - start) / 1000;
          return { outcome: unplayed(contestant, scenario, seconds, error), idle: undefined };
        },
      );
      file.add(outcome, idle);
      progress.ended(outcome);
      await workspace.settle();
    }
  } finally {
    progress.stop();
    await workspace.remove();
  }
  return file.run;
}

/** Whoever runs another server knows what its workers are; here all 18 cells are named as for one thread. */
function targetMatrix(): Scenario[] {
  return matrix().filter(({ serverWorkers, pool }) => serverWorkers === 1 && pool === 'thread');
}

function blankRun({ bounds, scale, target }: CompareOptions, place: Place): CompareRun {
  return {
    kind: 'sluice-compare',
    command: ['npm run bench --', ...process.argv.slice(2)].join(' '),
    date: new Date().toISOString(),
    machine: describeMachine(),
    slab: SLAB,
    bounds,
    ...(scale === 1 ? {} : { scale }),
    ...(target === undefined ? {} : { target }),
    place,
    build: buildMark(),
    idle: [],
    outcomes: [],
  };
}
