import t from 'tap';
import { findCycle, importsOf, type ImportGraph, packagesOf } from '../fixtures/import-graph.js';

/** The folders that own files, in the order in which imports run: from the top down (docs/architecture.md). */
const AREAS = [
  'bench',
  'lib',
  'lib/cli',
  'lib/server',
  'lib/client',
  'lib/conformance',
  'lib/transport',
  'lib/storage',
  'lib/workers',
  'protocol',
] as const;
type Area = (typeof AREAS)[number];

/** What each area may import besides itself. */
const ALLOWED: Record<Area, readonly Area[]> = {
  bench: AREAS,
  /** lib/index.ts */
  lib: ['lib/server', 'lib/client', 'protocol'],
  'lib/cli': [
    'lib',
    'lib/server',
    'lib/client',
    'lib/conformance',
    'lib/transport',
    'lib/storage',
    'lib/workers',
    'protocol',
  ],
  'lib/server': ['lib/transport', 'lib/storage', 'lib/workers', 'protocol'],
  'lib/client': ['lib/transport', 'lib/storage', 'lib/workers', 'protocol'],
  'lib/conformance': ['lib/transport', 'lib/storage', 'lib/workers', 'protocol'],
  'lib/transport': ['protocol'],
  'lib/storage': ['lib/workers', 'protocol'],
  'lib/workers': ['protocol'],
  protocol: [],
};

/** All that the protocol may know of the world: no net, no fs, no timers. */
const PROTOCOL_PACKAGES = ['@msgpack/msgpack', 'valibot', 'node:zlib'];

const graph = importsOf(['protocol', 'lib', 'bench']);

/** The longest area that holds `file`, a path from the project's root. */
function areaOf(file: string): Area | undefined {
  return AREAS.filter((area) => file.startsWith(`${area}/`)).sort((a, b) => b.length - a.length)[0];
}

function breachesOf(graph: ImportGraph): string[] {
  const breaches: string[] = [];
  for (const [file, imports] of graph) {
    const area = areaOf(file);
    for (const { target, isPackage } of imports) {
      const isFine = isPackage
        ? area !== 'protocol' || PROTOCOL_PACKAGES.includes(target)
        : area !== undefined && [area, ...ALLOWED[area]].includes(areaOf(target) as Area);
      if (!isFine) breaches.push(`${file} imports ${target}`);
    }
  }
  return breaches;
}

t.test('there is something to look at', (t) => {
  t.ok(graph.has('protocol/decoder.ts'));
  const imports = graph.get('protocol/decoder.ts')!.map(({ target }) => target);
  t.ok(imports.includes('protocol/frame.ts'));
  t.end();
});

t.test('imports run one way', (t) => {
  t.strictSame(breachesOf(graph), []);
  t.end();
});

t.test('every file of lib stands in a folder that the rules name, or is lib/index.ts', (t) => {
  const strays = [...graph.keys()].filter((file) => areaOf(file) === 'lib' && file !== 'lib/index.ts');
  t.strictSame(strays, []);
  t.end();
});

t.test('no file imports itself through others', (t) => {
  t.strictSame(findCycle(graph), []);
  t.end();
});

t.test('a worker loads no package when it starts: fifty of them would load it fifty times', (t) => {
  const packages = packagesOf(graph, 'lib/storage/disk/worker.ts');
  t.ok(packages.has('node:fs'));
  t.strictSame(
    [...packages].filter((name) => !name.startsWith('node:')),
    [],
  );
  t.ok(packagesOf(graph, 'protocol/messages.ts').has('valibot'), 'it can fail');
  t.end();
});

const file = (target: string) => ({ target, isPackage: false, isTypeOnly: false });
const packaged = (target: string) => ({ target, isPackage: true, isTypeOnly: false });

t.test('the rules can fail', (t) => {
  const breaches: [string, ReturnType<typeof file>][] = [
    ['protocol/frame.ts', file('lib/workers/digests.ts')],
    ['protocol/frame.ts', packaged('node:fs')],
    ['protocol/frame.ts', packaged('node:net')],
    ['protocol/frame.ts', packaged('tinypool')],
    ['lib/client/put.ts', file('lib/server/session.ts')],
    ['lib/server/session.ts', file('lib/client/put.ts')],
    ['lib/server/session.ts', file('lib/cli/main.ts')],
    ['lib/storage/store.ts', file('lib/transport/connection.ts')],
    ['lib/transport/connection.ts', file('lib/storage/store.ts')],
    ['lib/transport/connection.ts', file('lib/workers/pool.ts')],
    ['lib/workers/pool.ts', file('lib/storage/store.ts')],
    ['lib/workers/pool.ts', file('lib/server/session.ts')],
    ['lib/conformance/suite.ts', file('lib/server/session.ts')],
    ['lib/server/session.ts', file('bench/main.ts')],
    ['lib/server/session.ts', file('test/fixtures/vectors.ts')],
    ['lib/server/session.ts', file('lib/index.ts')],
    ['lib/other/file.ts', file('lib/workers/pool.ts')],
  ];
  for (const [from, imported] of breaches) {
    t.equal(breachesOf(new Map([[from, [imported]]])).length, 1, `${from} → ${imported.target}`);
  }
  const allowed: [string, ReturnType<typeof file>][] = [
    ['lib/storage/store.ts', file('lib/workers/pool.ts')],
    ['lib/index.ts', file('lib/server/session.ts')],
    ['lib/cli/main.ts', file('lib/index.ts')],
    ['lib/server/session.ts', packaged('node:net')],
    ['bench/main.ts', file('lib/server/session.ts')],
    ['protocol/frame.ts', packaged('node:zlib')],
  ];
  for (const [from, imported] of allowed) t.strictSame(breachesOf(new Map([[from, [imported]]])), []);
  t.end();
});

t.test('a cycle is found, unless types alone close it', (t) => {
  const circle: ImportGraph = new Map([
    ['a.ts', [file('b.ts')]],
    ['b.ts', [file('c.ts')]],
    ['c.ts', [file('b.ts')]],
  ]);
  t.strictSame(findCycle(circle), ['b.ts', 'c.ts', 'b.ts']);
  circle.set('c.ts', [{ ...file('b.ts'), isTypeOnly: true }]);
  t.strictSame(findCycle(circle), []);
  t.end();
});
