import t from 'tap';
import { decodeAll, type Recorded } from '../fixtures/frame-recorder.js';
import { bytesOf, type FrameEvent, vectors } from '../fixtures/vectors.js';

const recordedOf = ({ meta, payload, ...header }: FrameEvent): Recorded => ({
  ...header,
  meta: bytesOf(meta).toString('hex'),
  ...(payload === undefined ? {} : { payload: bytesOf(payload).toString('hex') }),
});

/** Every position; in rows of more than 8 KiB those of the first and last 100 bytes, and a grid between. */
function* positions(length: number): Generator<number> {
  for (let at = 1; at < length; at++) {
    if (length <= 8_192 || at < 100 || at > length - 100 || at % 997 === 0) yield at;
  }
}

for (const row of vectors('frames')) {
  t.test(row.name, (t) => {
    const bytes = bytesOf(row.hex);
    const frames = row.events.map(recordedOf);
    const expected = { frames, error: row.error, atBoundary: row.error === undefined ? !row.cut : undefined };
    const outcome = (cuts: Iterable<number>) => {
      const { atBoundary, ...rest } = decodeAll(bytes, { maxPayload: row.maxPayload, cuts });
      return { ...rest, atBoundary: rest.error === undefined ? atBoundary : undefined };
    };

    t.strictSame(outcome([]), expected, 'whole');
    t.strictSame(outcome(new Array<number>(bytes.length).fill(1)), expected, 'byte by byte');
    const same = (cut: unknown) => JSON.stringify(cut) === JSON.stringify(expected);
    t.strictSame(
      [...positions(bytes.length)].filter((at) => !same(outcome([at]))),
      [],
      'cut in two here, it gives something else',
    );
    t.strictSame(
      [...positions(bytes.length)].filter((at) => {
        const part = decodeAll(bytes.subarray(0, at), { maxPayload: row.maxPayload });
        return part.frames.length > frames.length || (part.error !== undefined && part.error !== row.error);
      }),
      [],
      'ended here, it gives more or another error',
    );
    t.end();
  });
}

t.test('lengths are refused on the 20 bytes alone (P-2.2)', (t) => {
  const rows = vectors('frames').filter(({ error }) => error === 'frame-too-large');
  t.ok(rows.length > 5);
  for (const { name, hex, maxPayload } of rows) {
    const header = bytesOf(hex).subarray(0, 20);
    t.equal(decodeAll(header, { maxPayload }).error, 'frame-too-large', name);
    t.equal(decodeAll(header.subarray(0, 19), { maxPayload }).error, undefined, `${name}, one byte less`);
  }
  t.end();
});
