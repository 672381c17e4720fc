import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { publishedChart } from '../../../bench/compare/report/charts/published.js';
import { throughputChart } from '../../../bench/compare/report/charts/throughput.js';
import { csv } from '../../../bench/compare/report/csv.js';
import { duel } from '../../../bench/compare/report/duel.js';
import { findingsOf } from '../../../bench/compare/report/findings.js';
import { htmlReport } from '../../../bench/compare/report/html.js';
import { markdownReport } from '../../../bench/compare/report/markdown.js';
import { memoryVerdict } from '../../../bench/compare/report/memory.js';
import { publish } from '../../../bench/compare/report/publish.js';
import { readRun } from '../../../bench/compare/report/read-run.js';
import { rowsOf } from '../../../bench/compare/report/row.js';
import { totalsOf } from '../../../bench/compare/report/totals.js';
import { publishedRows } from '../../../bench/compare/published.js';
import type { CompareRun } from '../../../bench/compare/result.js';
import { changes, compareRun, MIB, only, stopped } from '../../fixtures/compare-run.js';
import { PYTHON } from '../../fixtures/python.js';
import { ROOT } from '../../fixtures/repository.js';

const answerTo = (run: CompareRun, question: RegExp): { verdict: string; text: string; list: readonly string[] } => {
  const finding = findingsOf(run, rowsOf(run)).find((it) => question.test(it.question))!;
  return { verdict: finding.verdict, text: finding.sentences.join(' '), list: finding.list };
};
const OLD_PROTOCOL = /old protocol on the same server/;
const OLD_ARCHITECTURE = /old architecture\?/;
const FAILED = /clients failed/;
const MEMORY = /memory/;
const MATRIX = /whole matrix/;

t.test('a run in which streaming wins everywhere', (t) => {
  const run = compareRun();
  const matrix = answerTo(run, MATRIX);
  t.same([matrix.verdict, matrix.list], ['Yes', []]);
  const legacy = answerTo(run, OLD_PROTOCOL);
  t.same([legacy.verdict, legacy.list], ['Yes', []]);
  t.match(legacy.text, 'faster in 108 of the 108 scenarios');
  t.match(legacy.text, 'median 4.00, from 4.00 to 4.00', 'four times 2 ms is 8 ms, for each MB');
  t.end();
});

t.test('stopped scenarios count as a bound', (t) => {
  // Of each kind of server, 2 × 2 scenarios move more than 500 MB: 50 and 100 MB by 50 clients, up and down. So 24 are stopped, 4 of them by memory.
  // 2,500 MB take streaming 5 s, 5,000 MB 10 s: 20 s make > 4 (10 of them) and > 2 (10), 5 s make > 1 (2) and > 0.5 (2). The other 84 are 10.
  const run = compareRun();
  const { verdict, text, list } = answerTo(run, OLD_ARCHITECTURE);
  t.equal(verdict, '104 of 108');
  t.match(text, 'median > 10.0, from > 0.500 to > 10.0', 'what was stopped could lie beyond the median');
  t.match(
    text,
    '24 scenarios of the old architecture were stopped (20 at the bound on time, 4 at the bound on memory)',
  );
  t.same(
    list.map((line) => line.slice(0, line.indexOf(':'))),
    [
      'UPLOAD 50 MB × 50 clients, 50 processes',
      'UPLOAD 100 MB × 50 clients, 50 processes',
      'DOWNLOAD 50 MB × 50 clients, 50 processes',
      'DOWNLOAD 100 MB × 50 clients, 50 processes',
    ],
  );
  t.equal(
    list[1],
    'UPLOAD 100 MB × 50 clients, 50 processes: not told by time, ratio > 0.500 (old architecture stopped by memory after 5.00 s; streaming 10.00 s)',
  );
  t.end();
});

t.test('a median that nothing open can move is exact', (t) => {
  const far = compareRun((outcome) =>
    outcome.contestant === 'old' && outcome.ending !== 'done' ? stopped(outcome, 'stopped-by-time', 2000) : outcome,
  );
  t.match(answerTo(far, OLD_ARCHITECTURE).text, 'median 10.0, from 10.0 to > 400');
  t.end();
});

t.test('where streaming is not faster, it is said', (t) => {
  const slow = (id: string, seconds: number): ReturnType<typeof only> => only('stream', id, { seconds });
  // The old protocol takes 80 ms for 10 MB, 8 s for 1,000 MB.
  const run = compareRun(
    changes(
      slow('upload-10-1-5-thread', 0.1),
      slow('download-10-1-1-process', 0.08),
      only('legacy', 'upload-10-5-1-thread', { seconds: 0.05, clientFailures: 2, clientSuccesses: 3 }),
      only('stream', 'upload-50-5-1-thread', { clientFailures: 1, clientSuccesses: 4 }),
      only('stream', 'download-100-50-1-thread', (outcome) => stopped(outcome, 'stopped-by-time', 25)),
    ),
  );
  const { verdict, list } = answerTo(run, OLD_PROTOCOL);
  t.equal(verdict, '103 of 108');
  t.same(list, [
    'DOWNLOAD 100 MB × 50 clients, 1 thread: not faster, ratio < 1.60 (old protocol, this server 40.00 s; streaming stopped by time after 25.00 s)',
    'UPLOAD 10 MB × 1 client, 5 threads: not faster, ratio 0.800 (old protocol, this server 0.080 s; streaming 0.100 s)',
    'DOWNLOAD 10 MB × 1 client, 1 process: not faster, ratio 1.00 (old protocol, this server 0.080 s; streaming 0.080 s)',
    'UPLOAD 10 MB × 5 clients, 1 thread: not told by time, ratio 0.500 (old protocol, this server 0.050 s, 2 of 5 clients failed; streaming 0.100 s)',
    'UPLOAD 50 MB × 5 clients, 1 thread: not told by time, ratio 4.00 (old protocol, this server 2.00 s; streaming 0.500 s, 1 of 5 clients failed)',
  ]);
  t.match(answerTo(run, OLD_PROTOCOL).text, 'from 0.500 to 4.00');
  const none = compareRun(only('legacy', 'upload-10-1-1-thread', { clientSuccesses: 0, clientFailures: 1 }));
  t.match(answerTo(none, OLD_PROTOCOL).list, [/not told by time, no ratio/], 'a rival that only failed took no time');
  t.end();
});

t.test('failed clients', (t) => {
  const run = compareRun(
    only('old', 'upload-10-50-50-thread', {
      clientSuccesses: 46,
      clientFailures: 4,
      serverFailures: 4,
      error: 'reset',
    }),
  );
  const { verdict, text, list } = answerTo(run, FAILED);
  // The matrix has 36 × (1 + 5 + 50) clients; 24 scenarios of 50 clients were stopped.
  t.equal(verdict, '0 of 2,016');
  t.match(text, 'old architecture: 1,204 of 2,016 clients (1,200 of them when their scenario was stopped)');
  t.match(text, 'old protocol, this server: 0 of 2,016 clients; streaming: 0 of 2,016 clients');
  t.same(list, ['old architecture, UPLOAD 10 MB × 50 clients, 50 threads: 4 clients failed, 4 files not whole: reset']);
  t.end();
});

t.test('files that are not whole are no success', (t) => {
  const torn = { serverFailures: 1, serverSuccesses: 0 };
  const run = compareRun(
    changes(
      only('stream', 'upload-10-1-1-thread', { ...torn, aggregateMegabytesPerSecond: 9999 }),
      only('legacy', 'upload-10-1-5-thread', { ...torn, seconds: 0.01 }),
    ),
  );
  const { verdict, list } = answerTo(run, OLD_PROTOCOL);
  t.equal(verdict, '106 of 108');
  t.same(list, [
    'UPLOAD 10 MB × 1 client, 1 thread: not told by time, ratio 4.00 (old protocol, this server 0.080 s; streaming 0.020 s, 1 file not whole)',
    'UPLOAD 10 MB × 1 client, 5 threads: not told by time, ratio 0.500 (old protocol, this server 0.010 s, 1 file not whole; streaming 0.020 s)',
  ]);
  const failed = findingsOf(run, rowsOf(run)).find(({ question }) => FAILED.test(question))!;
  t.equal(failed.tone, 'bad');
  t.match(failed.sentences.join(' '), 'With streaming, 1 file did not arrive whole');
  t.equal(Math.round(totalsOf(rowsOf(run), 'stream').throughput!.max), 500, 'a torn file has no throughput');
  t.notMatch(JSON.stringify(throughputChart(rowsOf(run)).data), '9999');
  t.end();
});

t.test('memory against its bound', (t) => {
  // 256 + 150 + 2 × (60 + 10 × 50) = 1,526 MiB with 50 processes.
  const run = compareRun(
    changes(
      only('stream', 'upload-100-50-50-process', { peakMemory: { server: 1526 * MIB + 1, clients: null } }),
      only('stream', 'upload-50-50-50-process', { peakMemory: { server: 1526 * MIB, clients: null } }),
      only('stream', 'upload-10-1-1-thread', { peakMemory: { server: null, clients: null } }),
    ),
  );
  const { within, over, unknown } = memoryVerdict(rowsOf(run), 'stream');
  t.match({ within, over: over.length, unknown }, { within: 106, over: 1, unknown: 1 });
  const blind = compareRun(only('stream', 'upload-10-1-1-thread', { peakMemory: { server: null, clients: null } }));
  t.equal(findingsOf(blind, rowsOf(blind)).find(({ question }) => MEMORY.test(question))!.tone, 'plain');
  const { verdict, text, list } = answerTo(run, MEMORY);
  t.equal(verdict, '106 of 108');
  t.match(text, 'In 1 scenario it was not measured.');
  t.same(list, ['UPLOAD 100 MB × 50 clients, 50 processes: 1,526 MiB, the bound is 1,526 MiB']);
  const within50 = 'UPLOAD 10 MB × 1 client, 50 threads, 800 MiB of 966 MiB';
  t.match(answerTo(compareRun(), MEMORY).text, `Nearest to the bound: ${within50}`, '256 + 150 + 560, and 300 + 500');
  t.match(
    answerTo({ ...compareRun(), idle: [] }, MEMORY).verdict,
    'Not measured',
    'there is no bound without the idle cost',
  );
  t.end();
});

t.test('totals of a contestant', (t) => {
  const { throughput, cpuSecondsPerGigabyte, wireRatio, serverFailures } = totalsOf(rowsOf(compareRun()), 'stream');
  t.same([throughput!.min, throughput!.max].map(Math.round), [500, 500]);
  // 1,024 MB take 2.048 s, and one and a half times that of CPU.
  t.equal(cpuSecondsPerGigabyte!.median.toFixed(3), '3.072');
  t.equal(wireRatio!.median.toFixed(3), '1.001');
  t.equal(serverFailures, 0);
  const blind = compareRun((it) => ({ ...it, cpuSeconds: { server: null, clients: 1 }, wireBytes: null }));
  t.match(totalsOf(rowsOf(blind), 'stream'), { cpuSecondsPerGigabyte: null, wireRatio: null });
  t.end();
});

t.test('a run that is not whole says what is missing', (t) => {
  const run = compareRun((outcome) => {
    const { scenario, contestant } = outcome;
    if (scenario.megabytes !== 10 || scenario.clients !== 50) return null;
    return scenario.pool === 'process' && scenario.serverWorkers === 5 && contestant === 'old' ? null : outcome;
  });
  const { verdict, text, list } = answerTo(run, MATRIX);
  t.equal(verdict, '10 of 108', '12 scenarios of this size, two of them without a contestant');
  t.match(text, '96 scenarios of the matrix were not run');
  t.same(list, [
    'UPLOAD 10 MB × 50 clients, 5 processes: without old architecture',
    'DOWNLOAD 10 MB × 50 clients, 5 processes: without old architecture',
  ]);
  t.equal(answerTo(run, OLD_PROTOCOL).verdict, 'Yes', 'of what was run');
  t.match(answerTo(run, OLD_ARCHITECTURE).text, '10 of the 10 scenarios that both ran');
  t.match(markdownReport(run, rowsOf(run), 'quick'), 'Not run: 96 scenarios');

  const outcomes = [{ ...run.outcomes[0]!, scenario: { ...run.outcomes[0]!.scenario, megabytes: 3 } }];
  t.match(answerTo({ ...run, outcomes }, MATRIX).text, 'no cells of the matrix: upload-3-50-1-thread');
  t.same(
    findingsOf({ ...run, outcomes: [] }, rowsOf({ ...run, outcomes: [] })).length,
    1,
    'an empty run has no answers',
  );
  t.end();
});

t.test('of the same scenario run twice, the last one counts', (t) => {
  const run = compareRun();
  const again = { ...run.outcomes.find(({ contestant }) => contestant === 'stream')!, seconds: 40 };
  const [first] = duel(rowsOf({ ...run, outcomes: [...run.outcomes, again] }), 'legacy').bouts;
  t.equal(first!.verdict, 'slower');
  t.end();
});

t.test('the published rows', (t) => {
  const rows = publishedRows();
  t.equal(rows.length, 108);
  // Read off the printed table.
  t.match(rows[8], {
    number: 9,
    averageSeconds: 4720.53,
    bytesPerSecondPerClient: 50842.74,
    clientSuccesses: 50,
    clientFailures: 0,
    scenario: { operation: 'UPLOAD', megabytes: 100, clients: 50, serverWorkers: 1, pool: 'thread' },
  });
  t.match(rows[41], { number: 42, clientSuccesses: 42, clientFailures: 8 });
  t.match(rows[107], { number: 54, averageSeconds: 57.76, scenario: { pool: 'process', operation: 'DOWNLOAD' } });
  const text = readFileSync(join(ROOT, 'docs/comparison/published-results.csv'), 'utf8');
  t.throws(() => publishedRows(text.replace('avg_time_s', 'time')), /other columns/);
  t.throws(
    () => publishedRows(text.replace('thread,3,UPLOAD,10,50', 'thread,3,UPLOAD,10,500')),
    /where thread,3,UPLOAD,10,50,1 belongs/,
  );
  t.throws(() => publishedRows(text.split('\n').slice(0, 50).join('\n')), /49 rows; the matrix has 108/);
  t.end();
});

t.test('CSV, read by another program', (t) => {
  const run = compareRun(only('old', 'upload-10-1-1-thread', { error: 'said "no",\nthen nothing', clientFailures: 1 }));
  const script = 'import csv, json, sys; print(json.dumps(list(csv.DictReader(sys.stdin))))';
  const lines = JSON.parse(
    execFileSync(PYTHON, ['-c', script], { input: csv(rowsOf(run)), encoding: 'utf8' }),
  ) as Record<string, string>[];
  t.equal(lines.length, 108 * 4);
  t.match(lines.slice(0, 4), [
    {
      contestant: 'published',
      no: '1',
      avg_time_s: '2.09',
      throughput_bytes_per_s: '5013825.51',
      ending: '',
      wire_bytes: '',
    },
    { contestant: 'old', client_fail: '1', error: 'said "no",\nthen nothing', server_peak_bound_bytes: '' },
    // 256 + 150 + 60 + 10 MiB.
    { contestant: 'legacy', time_s: '0.08', server_peak_bound_bytes: String(476 * MIB) },
    { contestant: 'stream', server_pool: 'thread', operation: 'UPLOAD', file_mb: '10', server_workers: '1', error: '' },
  ]);
  const large = lines.find((line) => line['no'] === '9' && line['contestant'] === 'old');
  t.match(large, {
    ending: 'stopped-by-time',
    avg_time_s: '',
    throughput_bytes_per_s: '',
    client_fail: '50',
    time_s: '20',
  });
  t.end();
});

t.test('the page stands alone, escapes what programs said, and is the same each time', async (t) => {
  const run = {
    ...compareRun(only('old', 'upload-10-1-1-thread', { clientFailures: 1, error: '<script>alert("|")</script>' })),
    command: 'npm run bench -- compare --dir "<here>"',
  };
  const rows = rowsOf(run);
  const page = await htmlReport(run, rows, 'full');
  t.equal(await htmlReport(run, rows, 'full'), page);
  t.notMatch(page, /<script|<link|<img|@import|url\(|\bsrc=|\bhref=/);
  t.same(
    [...page.matchAll(/https?:[^"<\s]*/g)].map(String).filter((it) => it !== 'http://www.w3.org/2000/svg'),
    [],
  );
  t.match(page, '&lt;script&gt;alert(&quot;|&quot;)');
  t.match(page, 'compare --dir &quot;&lt;here&gt;&quot;');
  t.notMatch(page, /NaN|undefined|\bnull\b|Infinity|\sid="/);
  const charts = page.split('<svg').slice(1);
  t.equal(charts.length, 6);
  // Cells of the first heat map: 84 of the old architecture are ten times streaming, see above for the others.
  const cells = [...charts[0]!.matchAll(/>((?:&gt; )?[\d.]+)<\/text>/g)].map(([, text]) => text!);
  const count = (text: string): number => cells.filter((it) => it === text).length;
  t.same(['10.0', '&gt; 4.00', '&gt; 2.00', '&gt; 1.00', '&gt; 0.500'].map(count), [84, 10, 10, 2, 2]);
  const page2 = markdownReport(run, rows, 'full');
  t.match(page2, '\\<script>alert("\\|")\\</script>');
  t.match(page2, '| 100 | 50 | > 2.00 | > 2.00 | > 2.00 | > 2.00 | > 2.00 | > 0.500 |');
  t.match(page2, '| thread | 9 | UPLOAD | 100 | 50 | 1 | 4,721 | > 20.0 | 30.0 | 7.50 |');
});

t.test('files are written, and the run with them', async (t) => {
  const out = join(t.testdir(), 'made');
  const run = compareRun();
  const paths = await publish(run, { out, name: 'quick' });
  t.same(
    paths,
    ['md', 'csv', 'html', 'json'].map((ending) => join(out, `quick.${ending}`)),
  );
  t.same(readRun(join(out, 'quick.json')), run, 'the report can be made again');
});

t.test('the command says in a line what is wrong, and writes nothing', (t) => {
  const dir = t.testdir({ 'run.json': '{"results":[]}' });
  const main = fileURLToPath(new URL('../../../bench/main.js', import.meta.url));
  const args = [main, 'compare-report', join(dir, 'run.json'), '--out', join(dir, 'out')];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  t.equal(status, 1);
  t.match(stderr, /^error: .*run\.json is no run of `bench compare`: kind: .*\n$/);
  t.same(readdirSync(dir), ['run.json']);
  t.end();
});

t.test('the averages of stopped scenarios are marked, and not set beside the published ones', (t) => {
  const id = 'upload-10-5-1-thread';
  const run = compareRun(
    only('old', id, (outcome) => ({
      ...stopped(outcome, 'stopped-by-time', 20),
      averageSeconds: 1234,
      clientSuccesses: 1,
      clientFailures: 4,
    })),
  );
  const rows = rowsOf(run);
  t.match(markdownReport(run, rows, 'full'), '| ≥ 1,234 |');
  t.notMatch(JSON.stringify(publishedChart(rows).data), '1234');
  // 84 of the old architecture's end in the fixture; this one is stopped as well.
  t.match(answerTo(run, /published/).text, '(83 scenarios)');
  t.end();
});

t.test('a server that was running already, and where files lay', async (t) => {
  const target = { address: 'example.org:9000', protocol: 'legacy-text' };
  const path = join(t.testdir(), 'run.json');
  writeFileSync(path, JSON.stringify({ ...compareRun(), target, place: 'disk', build: 'abc' }));
  const run = readRun(path);
  t.match(run, { target, place: 'disk', build: 'abc' });
  for (const page of [markdownReport(run, rowsOf(run), 'full'), await htmlReport(run, rowsOf(run), 'full')]) {
    t.match(page, 'example.org:9000');
    t.match(page, 'legacy-text');
    t.match(page, 'Files lie on disk.');
    t.notMatch(page, 'share the machine');
  }
  const own = compareRun();
  t.match(markdownReport(own, rowsOf(own), 'full'), 'The old architecture is stopped at 20 s or 8,192 MiB.');
  writeFileSync(path, JSON.stringify({ ...compareRun(), scale: 0.01 }));
  t.throws(() => readRun(path), /is a trial with files 0\.01 times as large; .* without --scale/);
});

t.test('what is no run is refused', (t) => {
  const path = join(t.testdir(), 'run.json');
  const refused = (text: string, message: RegExp): void => {
    writeFileSync(path, text);
    t.throws(() => readRun(path), message);
  };
  refused('{"kind":', /run\.json is no JSON .*takes what `bench compare` writes/);
  refused('{"results":[]}', /no run of `bench compare`: kind: /);
  const run = compareRun();
  refused(JSON.stringify({ ...run, outcomes: [{ ...run.outcomes[0], seconds: 0 }] }), /outcomes\.0\.seconds: /);
  refused(JSON.stringify({ ...run, date: 'today' }), /: date: /);
  t.throws(() => readRun(`${path}.missing`), /ENOENT/);
  t.end();
});
