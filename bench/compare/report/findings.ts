import { counted, figureText } from '../../report/text.js';
import { median, type Spread } from '../../statistics.js';
import { type CompareRun, CONTESTANTS, isClean, type Outcome } from '../result.js';
import { scenarioId } from '../scenario.js';
import { type Bout, duel, type Duel } from './duel.js';
import { memoryVerdict } from './memory.js';
import { CONTESTANT_NAMES, mebibytesText, scenarioText, secondsText } from './names.js';
import { comparableAverage } from './published-average.js';
import { ratioText, wasStopped } from './ratio.js';
import { type Row, strangers } from './row.js';
import { totalsOf } from './totals.js';

/** A question that the reader comes with, and what the run says to it. */
export interface Finding {
  readonly question: string;
  /** In a word or a figure. */
  readonly verdict: string;
  readonly tone: 'good' | 'bad' | 'plain';
  readonly sentences: readonly string[];
  /** Scenarios, one a line. */
  readonly list: readonly string[];
}

/** The summary: plain text, for any page. */
export function findingsOf(run: CompareRun, rows: readonly Row[]): Finding[] {
  const nothing = run.outcomes.length === 0;
  return [
    completeness(run, rows),
    ...(nothing
      ? []
      : [
          speed(duel(rows, 'legacy'), 'Is streaming faster than the old protocol on the same server?'),
          speed(duel(rows, 'old'), 'And than the old architecture?'),
          throughput(rows),
          failures(rows),
          memory(rows),
          published(rows),
        ]),
  ];
}

function completeness(run: CompareRun, rows: readonly Row[]): Finding {
  const missing = rows.flatMap(({ scenario, outcomes }) => {
    const absent = CONTESTANTS.filter((name) => outcomes[name] === undefined);
    return absent.length === 0 ? [] : [{ scenario, absent }];
  });
  const untouched = missing.filter(({ absent }) => absent.length === CONTESTANTS.length);
  const partial = missing.filter(({ absent }) => absent.length < CONTESTANTS.length);
  const foreign = strangers(run);
  const whole = rows.length - missing.length;
  return {
    question: 'Is the whole matrix in this run?',
    verdict: missing.length === 0 ? 'Yes' : `${whole} of ${rows.length}`,
    tone: 'plain',
    sentences: [
      `${whole} of ${rows.length} scenarios were run by all three contestants.`,
      ...(untouched.length === 0
        ? []
        : [
            `${counted(untouched.length, 'scenario')} of the matrix were not run: empty cells below. What is said here is said of the others.`,
          ]),
      ...(partial.length === 0 ? [] : [`${counted(partial.length, 'scenario')} lack a contestant:`]),
      ...(foreign.length === 0 ? [] : [`Left out, for they are no cells of the matrix: ${foreign.join(', ')}.`]),
    ],
    list: partial.map(
      ({ scenario, absent }) =>
        `${scenarioText(scenario)}: without ${absent.map((name) => CONTESTANT_NAMES[name]).join(' and ')}`,
    ),
  };
}

function speed({ rival, bouts, measured, spread }: Duel, question: string): Finding {
  const of = (verdict: Bout['verdict']): Bout[] => bouts.filter((bout) => bout.verdict === verdict);
  const faster = of('faster').length;
  const [slower, open] = [of('slower'), of('open')];
  const stopped = bouts.flatMap(({ row, verdict }) =>
    verdict !== 'missing' && wasStopped(row.outcomes[rival]!) ? [row.outcomes[rival]!] : [],
  );
  const name = CONTESTANT_NAMES[rival];
  return {
    question,
    verdict: measured === 0 ? 'Not run' : measured === faster ? 'Yes' : `${faster} of ${measured}`,
    tone: slower.length > 0 ? 'bad' : measured > 0 && measured === faster ? 'good' : 'plain',
    sentences: [
      `Streaming is faster in ${faster} of the ${counted(measured, 'scenario')} that both ran.`,
      ...(spread === null
        ? []
        : [
            `Time ratio (${name} : streaming): median ${ratioText(spread.median)}, from ${ratioText(spread.min)} to ${ratioText(spread.max)}.`,
          ]),
      ...(stopped.length === 0
        ? []
        : [
            `${counted(stopped.length, 'scenario')} of the ${name} were stopped (${endings(stopped)}); the ratio counts the time until then, as > x.`,
          ]),
      ...(slower.length === 0 && open.length === 0 ? [] : ['Where it is not faster, or the times do not tell:']),
    ],
    list: [...slower, ...open].map((bout) => exception(bout, rival)),
  };
}

function endings(outcomes: readonly Outcome[]): string {
  const byTime = outcomes.filter(({ ending }) => ending === 'stopped-by-time').length;
  return `${byTime} at the bound on time, ${outcomes.length - byTime} at the bound on memory`;
}

function exception({ row, ratio, verdict }: Bout, rival: Duel['rival']): string {
  const { [rival]: other, stream } = row.outcomes;
  const figure = ratio === null ? 'no ratio' : `ratio ${ratioText(ratio)}`;
  const judgement = verdict === 'slower' ? 'not faster' : 'not told by time';
  return `${scenarioText(row.scenario)}: ${judgement}, ${figure} (${CONTESTANT_NAMES[rival]} ${endText(other!)}; streaming ${endText(stream!)})`;
}

/** How an outcome ended, behind its contestant's name: `3.21 s, 2 of 5 clients failed`. */
function endText({ ending, seconds, clientFailures, serverFailures, scenario }: Outcome): string {
  if (ending !== 'done') return `stopped by ${ending.slice('stopped-by-'.length)} after ${secondsText(seconds)}`;
  const failed = clientFailures === 0 ? '' : `, ${clientFailures} of ${counted(scenario.clients, 'client')} failed`;
  // What a failed client left is not whole either.
  const torn = serverFailures <= clientFailures ? '' : `, ${counted(serverFailures, 'file')} not whole`;
  return `${secondsText(seconds)}${failed}${torn}`;
}

function throughput(rows: readonly Row[]): Finding {
  const lines = CONTESTANTS.map((name) => ({ name, rate: totalsOf(rows, name).throughput }));
  const stream = lines.find(({ name }) => name === 'stream')?.rate ?? null;
  return {
    question: 'How much goes through with streaming?',
    verdict: stream === null ? 'Not measured' : `${figureText(stream.median)} MB/s`,
    tone: 'plain',
    sentences: [
      `All clients together, in 1,048,576 bytes, median and range of the scenarios that ended with no failed client and every file whole: ${lines
        .map(({ name, rate }) => `${CONTESTANT_NAMES[name]} ${rate === null ? 'none' : `${spreadText(rate)} MB/s`}`)
        .join('; ')}.`,
      'Downloads that are repeated profit from the leaf digests that the server kept: the first one of a file has it read and digested before.',
    ],
    list: [],
  };
}

function spreadText({ min, median, max }: Spread): string {
  return `${figureText(median)} (${figureText(min)} to ${figureText(max)})`;
}

function failures(rows: readonly Row[]): Finding {
  const totals = CONTESTANTS.map((name) => totalsOf(rows, name));
  const stream = totals.find(({ contestant }) => contestant === 'stream')!;
  const failed = rows.flatMap((row) =>
    CONTESTANTS.flatMap((name) => {
      const outcome = row.outcomes[name];
      return outcome === undefined || wasStopped(outcome) || isClean(outcome) ? [] : [failureText(outcome)];
    }),
  );
  return {
    question: 'How many clients failed with streaming, and with the others?',
    verdict: stream.scenarios === 0 ? 'Not run' : `${stream.clientFailures} of ${stream.clients.toLocaleString('en')}`,
    tone: stream.scenarios === 0 ? 'plain' : stream.clientFailures + stream.serverFailures === 0 ? 'good' : 'bad',
    sentences: [
      `${totals
        .map(
          ({ contestant, clients, clientFailures, stoppedClients }) =>
            `${CONTESTANT_NAMES[contestant]}: ${clientFailures.toLocaleString('en')} of ${counted(clients, 'client')}${
              stoppedClients === 0
                ? ''
                : ` (${stoppedClients.toLocaleString('en')} of them when their scenario was stopped)`
            }`,
        )
        .join('; ')}.`,
      ...(stream.serverFailures === 0
        ? []
        : [`With streaming, ${counted(stream.serverFailures, 'file')} did not arrive whole.`]),
      ...(failed.length === 0 ? [] : ['Scenarios that ended by themselves with something failed:']),
    ],
    list: failed,
  };
}

function failureText({ contestant, scenario, clientFailures, serverFailures, error }: Outcome): string {
  const server = serverFailures === 0 ? '' : `, ${counted(serverFailures, 'file')} not whole`;
  const said = error === undefined ? '' : `: ${error}`;
  return `${CONTESTANT_NAMES[contestant]}, ${scenarioText(scenario)}: ${counted(clientFailures, 'client')} failed${server}${said}`;
}

function memory(rows: readonly Row[]): Finding {
  const { within, over, unknown, nearest } = memoryVerdict(rows, 'stream');
  const old = totalsOf(rows, 'old').peakMemory.server;
  const legacy = memoryVerdict(rows, 'legacy');
  const known = within + over.length;
  return {
    question: "Did the streaming server's memory stay within its bound?",
    verdict:
      known === 0 ? 'Not measured' : over.length === 0 && unknown === 0 ? 'Yes' : `${within} of ${known + unknown}`,
    tone: over.length > 0 ? 'bad' : known === 0 || unknown > 0 ? 'plain' : 'good',
    sentences: [
      `Peak memory of all its processes was at most the slab + 150 MiB + what the idle server with as many workers takes in ${within} of ${counted(known, 'scenario')} where it was measured.`,
      ...(unknown === 0 ? [] : [`In ${counted(unknown, 'scenario')} it was not measured.`]),
      ...(nearest === null
        ? []
        : [
            `${over.length === 0 ? 'Nearest to the bound' : 'Farthest beyond it'}: ${scenarioText(nearest.row.scenario)}, ${mebibytesText(nearest.peak)} of ${mebibytesText(nearest.bound)}.`,
          ]),
      ...(legacy.within + legacy.over.length === 0
        ? []
        : [
            `With the old protocol on this server: ${legacy.within} of ${legacy.within + legacy.over.length} within the same bound.`,
          ]),
      ...(old === null ? [] : [`The old architecture took up to ${mebibytesText(old)}.`]),
      'Not counted is what belongs to no process: the 8 to 64 MiB in /dev/shm through which a server whose workers are processes hands them chunks.',
    ],
    list: over.map(
      ({ row, peak, bound }) =>
        `${scenarioText(row.scenario)}: ${mebibytesText(peak)}, the bound is ${mebibytesText(bound)}`,
    ),
  };
}

function published(rows: readonly Row[]): Finding {
  const ratios = CONTESTANTS.flatMap((name) => {
    const values = rows.flatMap(({ outcomes, published }) => {
      const average = comparableAverage(outcomes[name]);
      return average === null ? [] : [published.averageSeconds / average];
    });
    return values.length === 0 ? [] : [{ name, count: values.length, value: median(values) }];
  });
  const old = ratios.find(({ name }) => name === 'old');
  return {
    question: 'How much faster than published is the old architecture here?',
    verdict: old === undefined ? 'Not run' : `${figureText(old.value)} ×`,
    tone: 'plain',
    sentences: [
      'Their machine and their programs were others, so this is a picture, not a race.',
      `Published average time over the one measured here, median: ${ratios
        .map(
          ({ name, count, value }) =>
            `${CONTESTANT_NAMES[name]} ${figureText(value)} × (${counted(count, 'scenario')})`,
        )
        .join('; ')}. Scenarios that were stopped are left out: only the quickest of their clients were done.`,
    ],
    list: [],
  };
}

/** The names of scenarios that nobody ran. */
export function missingScenarios(rows: readonly Row[]): string[] {
  return rows
    .filter(({ outcomes }) => CONTESTANTS.every((name) => outcomes[name] === undefined))
    .map(({ scenario }) => scenarioId(scenario));
}
