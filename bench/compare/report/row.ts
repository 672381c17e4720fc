import { type PublishedRow, publishedRows } from '../published.js';
import { type CompareRun, type Contestant, CONTESTANTS, type Outcome } from '../result.js';
import { matrix, MEGABYTE, type Scenario, scenarioId } from '../scenario.js';

/** What a server of the streaming protocol may take beyond its slab and what its idle workers cost. */
const MEMORY_MARGIN = 150 * MEGABYTE;

/** A scenario with all that is known of it. */
export interface Row {
  readonly scenario: Scenario;
  readonly published: PublishedRow;
  readonly outcomes: Readonly<Partial<Record<Contestant, Outcome>>>;
  /** For the server's peak memory, bytes: slab, margin and the idle server with as many workers. Null if that was not measured. */
  readonly memoryBound: number | null;
}

/** The whole matrix, measured or not. Of several outcomes of the same, the last one counts. */
export function rowsOf({ slab, idle, outcomes }: CompareRun): Row[] {
  const measured = new Map(
    outcomes.map((outcome) => [`${scenarioId(outcome.scenario)} ${outcome.contestant}`, outcome]),
  );
  return publishedRows().map((published) => {
    const { scenario } = published;
    const found = CONTESTANTS.map((name) => [name, measured.get(`${scenarioId(scenario)} ${name}`)] as const);
    const cost = idle.find(
      ({ pool, serverWorkers }) => pool === scenario.pool && serverWorkers === scenario.serverWorkers,
    );
    return {
      scenario,
      published,
      outcomes: Object.fromEntries(found.filter(([, outcome]) => outcome !== undefined)),
      memoryBound: cost === undefined ? null : slab + MEMORY_MARGIN + cost.bytes,
    };
  });
}

/** Names of what was measured but is no cell of the matrix: they are in no table. */
export function strangers({ outcomes }: CompareRun): string[] {
  const known = new Set(matrix().map(scenarioId));
  return [...new Set(outcomes.map(({ scenario }) => scenarioId(scenario)))].filter((id) => !known.has(id));
}
