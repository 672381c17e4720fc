import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { UsageError } from '../../lib/cli/usage-error.js';
import { placeText } from '../workspace.js';
import type { CompareRun, Contestant, Outcome } from './result.js';
import { type Scenario, scenarioId } from './scenario.js';

/** A run's results, in a file that is whole at any moment: an interrupted run goes on from it. */
export class RunFile {
  readonly #path: string;
  #run: CompareRun;

  /**
   * @param blank a run without results, as it would begin now
   * @param isFresh whether results that are there already are given up
   * @throws {UsageError} where the file holds something that this run can't go on from
   */
  constructor(path: string, blank: CompareRun, isFresh: boolean) {
    this.#path = path;
    this.#run = isFresh || !existsSync(path) ? blank : goOn(path, blank);
    // Now rather than after the first scenario, which may take minutes.
    try {
      writeFileSync(this.#part, '');
      rmSync(this.#part);
    } catch (error) {
      throw new UsageError(
        `results can't be written to ${path}: ${(error as Error).message}; name another file with --json`,
      );
    }
  }

  get run(): CompareRun {
    return this.#run;
  }

  has(scenario: Scenario, contestant: Contestant): boolean {
    const id = scenarioId(scenario);
    return this.#run.outcomes.some(
      (outcome) => outcome.contestant === contestant && scenarioId(outcome.scenario) === id,
    );
  }

  add(outcome: Outcome, idle: number | undefined): void {
    const { pool, serverWorkers } = outcome.scenario;
    const costs = this.#run.idle;
    // Of this project's server; the old one is not held to a bound.
    const isKnown = costs.some((cost) => cost.pool === pool && cost.serverWorkers === serverWorkers);
    const isNews = outcome.contestant !== 'old' && idle !== undefined && !isKnown;
    this.#run = {
      ...this.#run,
      idle: isNews ? [...costs, { pool, serverWorkers, bytes: idle }] : costs,
      outcomes: [...this.#run.outcomes, outcome],
    };
    // Beside it and by rename, so that whoever interrupts this finds the old results or the new ones.
    writeFileSync(this.#part, `${JSON.stringify(this.#run, null, 2)}\n`);
    renameSync(this.#part, this.#path);
  }

  get #part(): string {
    return `${this.#path}.part`;
  }
}

function goOn(path: string, blank: CompareRun): CompareRun {
  const remedy = 'name another file with --json, or start over with --fresh';
  let run: CompareRun | null;
  try {
    run = JSON.parse(readFileSync(path, 'utf8')) as CompareRun | null;
  } catch (error) {
    throw new UsageError(`${path} can't be read as results: ${(error as Error).message}; ${remedy}`);
  }
  if (run?.kind !== blank.kind) throw new UsageError(`${path} is not of \`bench compare\`; ${remedy}`);
  if (![run.outcomes, run.idle].every(Array.isArray)) throw new UsageError(`${path} has no list of results; ${remedy}`);
  const differences = (['machine', 'slab', 'bounds', 'scale', 'target'] as const).filter(
    (key) => JSON.stringify(run[key]) !== JSON.stringify(blank[key]),
  ) as (keyof CompareRun)[];
  // Unknown of older files.
  for (const key of ['place', 'build'] as const) {
    if (run[key] !== undefined && run[key] !== blank[key]) differences.push(key);
  }
  if (differences.length > 0) {
    const place = differences.includes('place') ? `its files lay ${placeText(run.place!)} (--dir says where); ` : '';
    throw new UsageError(`${path} has results of a run with another ${differences.join(' and ')}; ${place}${remedy}`);
  }
  return { ...run, command: blank.command };
}
