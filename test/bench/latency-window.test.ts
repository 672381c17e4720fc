import t from 'tap';
import { windowChart } from '../../bench/latency/window-chart.js';
import { WindowWatch } from '../../bench/latency/window-watch.js';
import { CHUNK, data, message, PREFACE_BYTES } from '../fixtures/naive-frames.js';

const leaf = Buffer.alloc(32, 7);

/** What the watch sees now. */
function state(watch: WindowWatch): { granted: number; left: number; inFlight: number } {
  watch.sample();
  const { granted, left, inFlight } = watch.samples.at(-1)!;
  return { granted, left, inFlight };
}

for (const step of [1, 7, 100_000]) {
  t.test(`an upload, in pieces of ${step} bytes`, (t) => {
    const watch = new WindowWatch('up');
    const { up, down } = watch.taps;
    const inPieces = (hear: (bytes: Uint8Array) => void, bytes: Uint8Array): void => {
      for (let at = 0; at < bytes.length; at += step) hear(bytes.subarray(at, at + step));
    };
    const put = Buffer.concat([PREFACE_BYTES, message('PUT', 1, { path: 'a', size: 3 * CHUNK, want: 3 })]);
    inPieces(up.entered, put);
    t.same(state(watch), { granted: 0, left: 0, inFlight: put.length });
    inPieces(up.delivered, put);
    t.same(state(watch), { granted: 0, left: 0, inFlight: 0 });

    const grant = Buffer.concat([PREFACE_BYTES, message('CREDIT', 1, { chunks: 3 }, 1)]);
    inPieces(down.entered, grant);
    t.same(
      state(watch),
      { granted: 3, left: 0, inFlight: 0 },
      'the sender does not know yet; its bytes only are counted',
    );
    inPieces(down.delivered, grant);
    t.same(state(watch), { granted: 3, left: 3, inFlight: 0 });

    // A chunk of two fragments counts once, when it begins.
    const chunk = Buffer.concat([
      data(1, 1, 0, Buffer.alloc(20_000, 1)),
      data(1, 1, 20_000, Buffer.alloc(10_000, 2), leaf),
      data(1, 1, CHUNK, Buffer.alloc(5, 3)),
    ]);
    inPieces(up.entered, chunk);
    t.same(state(watch), { granted: 3, left: 1, inFlight: chunk.length });
    inPieces(up.delivered, chunk.subarray(0, 1_000));
    t.same(state(watch), { granted: 2, left: 1, inFlight: chunk.length - 1_000 });
    inPieces(up.delivered, chunk.subarray(1_000));
    t.same(state(watch), { granted: 1, left: 1, inFlight: 0 });
    t.end();
  });
}

t.test('a new epoch voids what was granted; chunks of the old one do not count', (t) => {
  const watch = new WindowWatch('up');
  const { up, down } = watch.taps;
  const opening = [up, down].flatMap((tap) => [tap.entered, tap.delivered]);
  for (const hear of opening) hear(PREFACE_BYTES);
  const both = (bytes: Buffer): void => {
    down.entered(bytes);
    down.delivered(bytes);
  };
  both(message('CREDIT', 1, { chunks: 5 }, 1));
  both(message('CREDIT', 1, { chunks: 2 }, 2));
  up.entered(data(1, 1, 0, Buffer.alloc(10), leaf));
  t.match(state(watch), { granted: 2, left: 2 });
  up.entered(data(1, 2, 0, Buffer.alloc(10), leaf));
  t.match(state(watch), { granted: 2, left: 1 });
  t.end();
});

t.test('a download: the request carries the first grant', (t) => {
  const watch = new WindowWatch('down');
  const { up, down } = watch.taps;
  const get = Buffer.concat([PREFACE_BYTES, message('GET', 1, { path: 'a', credit: 1 })]);
  up.entered(get);
  t.same(state(watch), { granted: 1, left: 0, inFlight: 0 });
  up.delivered(get);
  t.same(state(watch), { granted: 1, left: 1, inFlight: 0 });
  const chunk = Buffer.concat([PREFACE_BYTES, data(1, 0, 0, Buffer.alloc(100), leaf)]);
  down.entered(chunk);
  t.same(state(watch), { granted: 1, left: 0, inFlight: chunk.length });
  up.entered(message('CREDIT', 1, { chunks: 16 }));
  down.delivered(chunk);
  t.same(state(watch), { granted: 15, left: 0, inFlight: 0 });
  t.end();
});

t.test('the chart has a panel for each transfer, with its lines in it', async (t) => {
  const samples = [
    { ms: 0, granted: 0, left: 0, inFlight: 0 },
    { ms: 500, granted: 16, left: 4, inFlight: 6 * CHUNK },
    { ms: 1_000, granted: 0, left: 0, inFlight: 0 },
  ];
  const growths = (['up', 'down'] as const).map((direction) => ({ direction, roundTrip: 100, samples }));
  const svg = await windowChart(growths, 125_000_000);
  t.match(svg, /prefers-color-scheme: dark/);
  t.match(svg, />up, round trip 100 ms</);
  t.match(svg, />down, round trip 100 ms</);
  // A panel is 360 × 134, 16 chunks high and a second long; lines are drawn from the top left.
  t.same(pathsOf(svg, GRANTED), Array(2).fill('M0,134L180,0L360,134'));
  t.same(pathsOf(svg, LEFT), Array(2).fill('M0,134L180,100.5L360,134'));
  t.same(pathsOf(svg, IN_FLIGHT), Array(2).fill('M0,134L180,83.75L360,134'));
  // 100 ms of 125 MB/s are 12.5 MB, 11.92 chunks: 134 × (1 − 11.92 / 16).
  t.same(pathsOf(svg, PRODUCT), Array(2).fill('M0,34.16L360,34.16'));
});

const [GRANTED, IN_FLIGHT, LEFT, PRODUCT] = ['#1f6feb', '#1a7f37', '#bc4c00', '#59636e'] as const;

/** The lines of a colour, without the legend's. */
function pathsOf(svg: string, colour: string): string[] {
  return [
    ...svg.matchAll(new RegExp(`<path[^>]* d="([^"]*)"[^>]* stroke="${colour}"[^>]*stroke-width="1.5"`, 'g')),
  ].map(([, points]) => points!);
}
