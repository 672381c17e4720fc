import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { encodeHead, FrameDecoder, FrameType } from '../../protocol/index.js';
import { decodeAll, feed, FrameRecorder, type Recorded } from '../fixtures/frame-recorder.js';
import { rawFrame, type RawFrame } from '../fixtures/naive-frames.js';
import { bytesOf, vectors } from '../fixtures/vectors.js';

const bytes = (maxLength: number) => fc.uint8Array({ maxLength });
const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const oddStream = fc.integer({ min: 0, max: 0x7fff_ffff }).map((n) => 2 * n + 1);

const dataFrame = fc.record({
  type: fc.constant(FrameType.data),
  flags: fc.constantFrom(0x01, 0x81),
  stream: oddStream,
  epoch: u32,
  meta: fc.uint8Array({ minLength: 40, maxLength: 40 }),
  payload: fc.oneof(
    bytes(50),
    fc.integer({ min: 0, max: 40_000 }).map((length) => Buffer.alloc(length, 'payload')),
  ),
});
const controlFrame = fc.record({
  type: fc.constantFrom(...Object.values(FrameType).filter((type) => type >= 0x10 && type !== 0x20)),
  flags: fc.constantFrom(0, 0x80),
  stream: oddStream,
  meta: fc.oneof(
    bytes(60),
    fc.integer({ min: 0, max: 32_768 }).map((length) => Buffer.alloc(length, 'meta')),
  ),
});
const skippedFrame = fc.record({
  type: fc.constantFrom(0x00, 0x06, 0x0f, 0x18, 0x28, 0x33, 0xff),
  flags: fc.integer({ min: 0x80, max: 0xff }),
  stream: u32,
  epoch: u32,
  meta: bytes(100),
  payload: bytes(9_000),
});
const frames = fc.array(fc.oneof(dataFrame, controlFrame, skippedFrame), { maxLength: 12 });
const cuts = fc.array(fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 70_000 })));

const hex = (part: Uint8Array | undefined): string => Buffer.from(part ?? []).toString('hex');

function recordedOf({ type, flags = 0, stream = 0, epoch = 0, meta, payload }: RawFrame): Recorded {
  const seen = { type, flags, stream, epoch, meta: hex(meta) };
  return type === 0x20 ? { ...seen, payload: hex(payload) } : seen;
}

const isKnown = ({ type }: RawFrame): boolean => Object.values<number>(FrameType).includes(type);

t.test('any frames in any reads come out as they were sent', (t) => {
  fc.assert(
    fc.property(frames, cuts, (sent: RawFrame[], reads) => {
      const { frames: received, error, atBoundary } = decodeAll(Buffer.concat(sent.map(rawFrame)), { cuts: reads });
      assert.deepEqual(
        { received, error, atBoundary },
        {
          received: sent.filter(isKnown).map(recordedOf),
          error: undefined,
          atBoundary: true,
        },
      );
    }),
    { numRuns: 150 },
  );
  t.end();
});

t.test('a head is encoded as the naive builder writes it', (t) => {
  fc.assert(
    fc.property(fc.oneof(dataFrame, controlFrame), ({ payload = new Uint8Array(), ...frame }: RawFrame) => {
      const head = encodeHead({ ...frame, payloadLength: payload.length }, frame.meta!);
      return head.equals(rawFrame({ ...frame, payload }).subarray(0, head.length));
    }),
    { numRuns: 100 },
  );
  t.throws(() => encodeHead({ type: FrameType.entries, stream: 1 }, new Uint8Array(32_769)), RangeError);
  t.end();
});

t.test('a frame with any one bit of header or meta flipped is never handed out', (t) => {
  fc.assert(
    fc.property(fc.oneof(dataFrame, controlFrame), fc.nat(), (frame: RawFrame, position) => {
      const damaged = rawFrame(frame);
      const bit = position % (8 * (20 + Math.min(frame.meta!.length, 100)));
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      return decodeAll(damaged).frames.length === 0;
    }),
    { numRuns: 300 },
  );
  t.end();
});

// decodeAll throws on whatever is not a ProtocolError, which fails the property.
t.test('random bytes give ProtocolErrors and nothing else', (t) => {
  fc.assert(fc.property(bytes(400), cuts, (noise, reads) => void decodeAll(noise, { cuts: reads })));
  const valid = vectors('frames').map((row) => bytesOf(row.hex));
  fc.assert(
    fc.property(
      fc.constantFrom(...valid),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }),
      (good, changes) => {
        const changed = Buffer.from(good);
        for (const [at, value] of changes) if (changed.length > 0) changed[at % changed.length] = value;
        decodeAll(changed);
      },
    ),
    { numRuns: 300 },
  );
  t.end();
});

t.test('whichever payloads are skipped, and wherever, the frames behind them come out', (t) => {
  fc.assert(
    fc.property(fc.array(fc.tuple(dataFrame, fc.nat(45_000)), { minLength: 1, maxLength: 6 }), (sent) => {
      const recorder = new FrameRecorder();
      const decoder = new FrameDecoder(recorder);
      for (const [frame, skipAt] of sent) {
        const whole = rawFrame(frame);
        const at = Math.min(skipAt, whole.length);
        feed(decoder, whole.subarray(0, at));
        decoder.skipPayload();
        feed(decoder, whole.subarray(at));
        if (!decoder.atBoundary) return false;
      }
      return recorder.frames.length === sent.length;
    }),
    { numRuns: 100 },
  );
  t.end();
});
