import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { buildMark } from '../../bench/compare/build-mark.js';
import { planTurns, quickMatrix, turnId } from '../../bench/compare/plan.js';
import { type CompareRun, CONTESTANTS, type Outcome } from '../../bench/compare/result.js';
import { RunFile } from '../../bench/compare/run-file.js';
import { matrix, type Scenario } from '../../bench/compare/scenario.js';

t.test('who begins changes, and everybody has a turn in each scenario', (t) => {
  const turns = planTurns(matrix(), CONTESTANTS, []);
  t.equal(turns.length, 324);
  t.equal(new Set(turns.map(turnId)).size, 324);
  const begins = [0, 3, 6, 9].map((index) => turns[index]!.contestant);
  t.same(begins, ['old', 'legacy', 'stream', 'old']);
  t.end();
});

t.test('some of them', (t) => {
  const ids = (...only: string[]): string[] => planTurns(matrix(), CONTESTANTS, only).map(turnId);
  t.equal(ids('old', 'stream').length, 216);
  t.equal(ids('upload-10-').length, 54);
  t.same(ids('upload-100-50-5-process', 'legacy'), ['upload-100-50-5-process-legacy']);
  t.same(ids('upload-10-1-1-thread-old', 'download-50-5-1-thread-stream').length, 2);
  t.same(ids('upload-11-'), []);
  t.end();
});

t.test('a quick dozen has some of everything', (t) => {
  const quick = quickMatrix();
  t.equal(quick.length, 12);
  const values = (key: keyof Scenario): unknown[] => [...new Set(quick.map((scenario) => scenario[key]))];
  for (const key of ['operation', 'megabytes', 'clients', 'serverWorkers', 'pool'] as const) {
    t.same(new Set(values(key)), new Set(matrix().map((scenario) => scenario[key])), key);
  }
  t.end();
});

const [scenario] = matrix();
const blank = {
  kind: 'sluice-compare',
  command: 'compare',
  date: '2024-01-01',
  machine: { node: 'v20', system: 'linux', cpu: 'some', cores: 2, memory: 1 },
  slab: 1,
  bounds: { seconds: 20, bytes: 8 },
  idle: [],
  outcomes: [],
} as const satisfies CompareRun;
const outcome = (contestant: Outcome['contestant']): Outcome => ({ contestant, scenario, ending: 'done' }) as Outcome;

t.test('a run goes on from its file, and only from its own', (t) => {
  const path = join(t.testdir(), 'run.json');
  const file = new RunFile(path, blank, false);
  file.add(outcome('old'), 77);
  file.add(outcome('stream'), 5);
  file.add(outcome('legacy'), 6);

  const next = new RunFile(path, { ...blank, date: 'later', command: 'typed last' }, false);
  t.equal(next.run.date, blank.date);
  t.same(
    next.run.outcomes.map(({ contestant }) => contestant),
    ['old', 'stream', 'legacy'],
  );
  t.same(next.run.idle, [{ pool: 'thread', serverWorkers: 1, bytes: 5 }], 'once, and not of the old architecture');
  t.ok(next.has(scenario!, 'old'));
  t.notOk(next.has(matrix()[1]!, 'old'));

  const other = { ...blank, bounds: { seconds: 5, bytes: 8 } };
  t.throws(() => new RunFile(path, other, false), { code: 'usage', message: /another bounds; .*--fresh/ });
  t.same(new RunFile(path, other, true).run.outcomes, [], 'fresh');
  t.equal(next.run.command, 'typed last');
  writeFileSync(path, readFileSync(path, 'utf8').slice(0, -20));
  t.throws(() => new RunFile(path, blank, false), { code: 'usage', message: /can't be read/ });
  writeFileSync(path, '{"kind": "sluice-compare"}');
  t.throws(() => new RunFile(path, blank, false), { code: 'usage', message: /no list of results; .*--fresh/ });
  writeFileSync(path, 'null');
  t.throws(() => new RunFile(path, blank, false), { code: 'usage', message: /not of/ });
  writeFileSync(path, '{"kind": "peers"}');
  t.throws(() => new RunFile(path, blank, false), { code: 'usage', message: /not of `bench compare`/ });
  t.end();
});

t.test('memory and disk, or two builds, are not mixed', (t) => {
  const path = join(t.testdir(), 'run.json');
  const begun = { ...blank, place: 'memory', build: 'one' } as const;
  new RunFile(path, begun, true).add(outcome('old'), 1);
  t.doesNotThrow(() => new RunFile(path, begun, false));
  const elsewhere = { ...begun, place: 'disk' } as const;
  const message = /another place; its files lay in memory \(--dir says where\); .*--fresh/;
  t.throws(() => new RunFile(path, elsewhere, false), { code: 'usage', message });
  t.throws(() => new RunFile(path, { ...begun, build: 'two' }, false), { message: /another build; .*--fresh/ });
  new RunFile(path, blank, true).add(outcome('old'), 1);
  t.doesNotThrow(() => new RunFile(path, begun, false), 'an older file does not tell');
  t.match(buildMark(), /^[0-9a-f]{16}$/);
  t.end();
});

t.test('where results could not be written, that is said before the first scenario', (t) => {
  const path = join(t.testdir(), 'missing', 'run.json');
  t.throws(() => new RunFile(path, blank, false), { code: 'usage', message: /can't be written to .*run\.json/ });
  t.end();
});
