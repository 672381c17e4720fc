import { readFile } from 'node:fs/promises';
import { startAgent } from './child.js';
import { bare } from './latency/bare.js';
import type { Contestant, Entrant, Work } from './latency/contestant.js';
import type { Growth, Lane, LatencyResult, Race } from './latency/result.js';
import { rsync } from './latency/rsync.js';
import { sftp } from './latency/sftp.js';
import { sluice } from './latency/sluice.js';
import { makeSource, Stage } from './latency/stage.js';
import { describeMachine } from './machine.js';
import type { BenchOptions } from './options.js';
import { GIGABIT } from './proxy/proxy.js';
import { pairedRatio, spread } from './statistics.js';
import { Workspace } from './workspace.js';

const ENTRANTS: readonly Entrant[] = [bare, sluice, rsync, sftp];

export interface LatencyOptions extends BenchOptions {
  /** Bytes of the large file. */
  readonly size: number;
  /** How many small ones. */
  readonly files: number;
  /** Bytes of each. */
  readonly fileSize: number;
  /** Milliseconds. */
  readonly roundTrips: readonly number[];
}

/** A contestant with its folders. */
interface Runner {
  readonly contestant: Contestant;
  readonly stage: Stage;
}

/** Transfers through a proxy that makes the way long and its rate that of a network. */
export async function latency(options: LatencyOptions): Promise<LatencyResult> {
  const { size, files, fileSize, only } = options;
  const bytes = size + files * Math.max(fileSize, 4096);
  const workspace = await Workspace.create(options.dir, 6 * bytes);
  const proxy = startAgent('proxy');
  const runners: Runner[] = [];
  try {
    const notes: string[] = [];
    const sources = new Sources(workspace, runners);
    for (const entrant of chosen(only)) {
      const missing = entrant.missing();
      if (missing !== undefined) {
        notes.push(`Without ${entrant.name}: ${missing}`);
        continue;
      }
      const stage = await Stage.create(workspace, entrant.name);
      runners.push({ contestant: await entrant.start(stage), stage });
    }
    const run = new Run(options, proxy, sources, workspace);
    const few = runners.find(({ contestant }) => (contestant.fewFiles ?? Infinity) < files)?.contestant;
    if (few !== undefined) notes.push(`${few.name} was given ${few.fewFiles} small files only`);
    const [races, windows]: [Race[], Growth[]] = [[], []];
    for (const roundTrip of options.roundTrips) {
      for (const work of works(options)) races.push(await run.race(runners, work, roundTrip));
      windows.push(...(await run.watch(runners, roundTrip)));
    }
    return {
      bench: 'latency',
      date: new Date().toISOString(),
      machine: describeMachine(),
      dir: workspace.root,
      rounds: options.rounds,
      rate: GIGABIT,
      races,
      windows,
      commands: Object.fromEntries(runners.map(({ contestant }) => [contestant.name, contestant.command])),
      notes,
    };
  } finally {
    await Promise.all([proxy.stop(), ...runners.map(({ contestant }) => contestant.stop())]);
    await workspace.remove();
  }
}

function chosen(only: readonly string[]): readonly Entrant[] {
  const entrants = ENTRANTS.filter(({ name }) => only.length === 0 || only.some((part) => name.includes(part)));
  if (entrants.length > 0) return entrants;
  throw new Error(`no side is named so; there are: ${ENTRANTS.map(({ name }) => name).join(', ')}`);
}

function works({ size, files, fileSize }: LatencyOptions): Work[] {
  return [
    { shape: 'large', direction: 'up', files: 1, bytes: size },
    { shape: 'large', direction: 'down', files: 1, bytes: size },
    { shape: 'small', direction: 'up', files, bytes: files * fileSize },
    { shape: 'small', direction: 'down', files, bytes: files * fileSize },
  ];
}

/** What is transferred; made, and put where servers find it, when it is first asked for. */
class Sources {
  readonly #workspace: Workspace;
  readonly #runners: readonly Runner[];
  readonly #made = new Map<string, string>();

  constructor(workspace: Workspace, runners: readonly Runner[]) {
    this.#workspace = workspace;
    this.#runners = runners;
  }

  of(work: Work): string {
    const key = `${work.shape} ${work.files}`;
    const made = this.#made.get(key) ?? this.#make(work);
    this.#made.set(key, made);
    return made;
  }

  #make(work: Work): string {
    const source = makeSource(this.#workspace, work);
    for (const { contestant, stage } of this.#runners) if (contestant.keepsFiles) stage.serve(source);
    return source;
  }
}

/** Carries out transfers, each through a proxy of the round trip that is asked for. */
class Run {
  readonly #options: LatencyOptions;
  readonly #proxy: ReturnType<typeof startAgent>;
  readonly #sources: Sources;
  readonly #workspace: Workspace;
  readonly #proxies = new Map<string, Promise<number>>();
  readonly #warm = new Set<string>();

  constructor(options: LatencyOptions, proxy: ReturnType<typeof startAgent>, sources: Sources, workspace: Workspace) {
    this.#options = options;
    this.#proxy = proxy;
    this.#sources = sources;
    this.#workspace = workspace;
  }

  async race(runners: readonly Runner[], work: Work, roundTrip: number): Promise<Race> {
    const { rounds, onProgress } = this.#options;
    const title = titleOf(work, this.#options);
    const lanes = runners.map((runner) => ({ runner, work: fitted(work, runner.contestant), seconds: [] as number[] }));
    for (const { runner, work } of lanes) await this.#warmUp(runner, work);
    for (let round = 1; round <= rounds; round++) {
      for (const { runner, work, seconds } of lanes) {
        const port = await this.#open(runner, work, roundTrip);
        seconds.push(await this.#transfer(runner, work, port));
        const { name } = runner.contestant;
        onProgress(`${roundTrip} ms  ${title}  ${round}/${rounds}  ${name}  ${seconds.at(-1)!.toFixed(3)} s`);
      }
    }
    const rates = lanes.map(({ work, seconds }) => seconds.map((one) => amount(work) / one));
    const ceiling = rates[lanes.findIndex(({ runner }) => !runner.contestant.keepsFiles)];
    return {
      title,
      roundTrip,
      unit: work.shape === 'large' ? 'MB/s' : 'files/s',
      lanes: lanes.map(({ runner, work, seconds }, index): Lane => {
        const own = rates[index]!;
        const ratio = ceiling === undefined || ceiling === own ? null : pairedRatio(own, ceiling);
        return { name: runner.contestant.name, files: work.files, seconds, rate: spread(own), ratio };
      }),
    };
  }

  /** One more transfer of the large file each way, not timed, with an ear on its frames. */
  async watch(runners: readonly Runner[], roundTrip: number): Promise<Growth[]> {
    const runner = runners.find(({ contestant }) => contestant.name === sluice.name);
    if (runner === undefined) return [];
    const growths: Growth[] = [];
    for (const work of works(this.#options).filter(({ shape }) => shape === 'large')) {
      const { direction } = work;
      const path = this.#workspace.path(`window-${direction}-${roundTrip}.json`);
      const target = await runner.contestant.port(work);
      const port = await this.#proxy.request('openWatched', target, roundTrip, direction, path);
      await this.#transfer(runner, work, port);
      // Answers when the watched connection is over and its file is there.
      await this.#proxy.request('watched', port);
      growths.push({ roundTrip, direction, samples: JSON.parse(await readFile(path, 'utf8')) as Growth['samples'] });
    }
    return growths;
  }

  /** Without the proxy, once: code is compiled, and memory touched. */
  async #warmUp(runner: Runner, work: Work): Promise<void> {
    const key = `${runner.contestant.name} ${work.shape} ${work.direction}`;
    if (this.#warm.has(key)) return;
    this.#warm.add(key);
    await this.#transfer(runner, work, await runner.contestant.port(work));
  }

  async #open({ contestant }: Runner, work: Work, roundTrip: number): Promise<number> {
    const target = await contestant.port(work);
    const key = `${target} ${roundTrip}`;
    const port = this.#proxies.get(key) ?? this.#proxy.request('open', target, roundTrip);
    this.#proxies.set(key, port);
    return port;
  }

  async #transfer({ contestant, stage }: Runner, work: Work, port: number): Promise<number> {
    const source = this.#sources.of(work);
    const seconds = await contestant.transfer(work, stage.route(work, source, port));
    if (contestant.keepsFiles) {
      stage.verify(work, source);
      await stage.clear(work);
    }
    return seconds;
  }
}

/** Fewer files for those who would take minutes. */
function fitted(work: Work, { fewFiles = Infinity }: Contestant): Work {
  if (work.files <= fewFiles) return work;
  return { ...work, files: fewFiles, bytes: (work.bytes / work.files) * fewFiles };
}

function amount({ shape, files, bytes }: Work): number {
  return shape === 'large' ? bytes / 1e6 : files;
}

function titleOf({ shape, direction }: Work, { size, files, fileSize }: LatencyOptions): string {
  const what = shape === 'large' ? `one file of ${binary(size)}` : `${files} files of ${binary(fileSize)}`;
  return `${what} ${direction}`;
}

function binary(bytes: number): string {
  const [divisor, unit] = bytes >= 1024 ** 2 ? [1024 ** 2, 'MiB'] : [1024, 'KiB'];
  return `${Number((bytes / divisor).toFixed(1))} ${unit}`;
}
