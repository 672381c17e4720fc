import t from 'tap';
import { FrameDecoder } from '../../protocol/index.js';
import { feed, FrameRecorder } from '../fixtures/frame-recorder.js';
import { data, rawFrame } from '../fixtures/naive-frames.js';

const LEAF = Buffer.alloc(32);

const PING = rawFrame({ type: 0x02, meta: Buffer.from('81a2696407', 'hex') });
const pattern = (length: number): Buffer => Buffer.alloc(length, 'placed directly');
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

t.test('the rest of a payload is placed directly, and never beyond its end', (t) => {
  const recorder = new FrameRecorder();
  const decoder = new FrameDecoder(recorder);
  const payload = pattern(200_000);
  const frame = data(1, 1, 0, payload, LEAF);
  feed(decoder, frame.subarray(0, 1_000));
  const { target } = recorder;
  let at = 1_000;
  for (const length of [1, 4_095, 65_536, 100_000]) {
    const view = decoder.view();
    t.equal(view.buffer, target!.buffer, 'it is the memory that onData gave');
    t.equal(view.byteOffset, target!.byteOffset + at - 60);
    t.equal(view.length, frame.length - at, 'all of the rest');
    view.set(frame.subarray(at, at + length));
    decoder.advance(length);
    at += length;
  }
  t.notOk(decoder.atBoundary);
  feed(decoder, frame.subarray(at));
  t.ok(decoder.atBoundary);
  t.equal(recorder.frames[0]!.payload, hex(payload));
  t.not(decoder.view().buffer, target!.buffer, 'the payload is whole: its memory is left alone');
  t.end();
});

t.test('no view is ever empty, whatever fills it', (t) => {
  const stat = rawFrame({ type: 0x13, stream: 1, meta: Buffer.alloc(32_768) });
  const skipped = rawFrame({ type: 0x7f, flags: 0x80, meta: Buffer.alloc(5_000), payload: pattern(70_000) });
  const small = data(1, 1, 0, pattern(600), LEAF);
  const bytes = Buffer.concat([
    ...[PING, small, stat, PING, data(1, 1, 0, pattern(262_144), LEAF), PING, stat, skipped, small, small],
    ...new Array<Buffer>(300).fill(PING),
    data(1, 1, 0, pattern(4_096), LEAF),
  ]);
  for (const read of [Infinity, 4_096, 4_095, 65_536, 20, 19, 21, 7]) {
    const recorder = new FrameRecorder();
    feed(new FrameDecoder(recorder), bytes, new Array<number>(Math.ceil(bytes.length / read) || 1).fill(read));
    t.equal(recorder.frames.length, 310, `reads of ${read}`);
    t.equal(recorder.frames.at(-1)!.payload, hex(pattern(4_096)));
  }
  t.end();
});

t.test('between frames the view is narrow after large payloads, and wide after small ones', (t) => {
  const decoder = new FrameDecoder(new FrameRecorder());
  t.equal(decoder.view().length, 4_096);
  const sent = (payload: number): number => {
    feed(decoder, data(1, 1, 0, pattern(payload), LEAF), [100]);
    return decoder.view().length;
  };
  t.equal(sent(600), 65_536, 'many frames may come in one read');
  t.equal(sent(100_000), 4_096, 'what comes with a head is copied, so it should be little');
  t.equal(sent(16_384), 65_536);
  t.end();
});

t.test('a payload of no bytes has its place too', (t) => {
  const recorder = new FrameRecorder();
  const decoder = new FrameDecoder(recorder);
  feed(decoder, data(1, 1, 0, Buffer.alloc(0), LEAF));
  t.equal(recorder.frames[0]!.payload, '');
  t.ok(decoder.atBoundary);
  t.end();
});

t.test('the boundary is where nothing of a next frame has arrived', (t) => {
  const decoder = new FrameDecoder(new FrameRecorder());
  t.ok(decoder.atBoundary);
  feed(decoder, PING.subarray(0, 1));
  t.notOk(decoder.atBoundary);
  feed(decoder, PING.subarray(1));
  t.ok(decoder.atBoundary);
  t.end();
});

t.test('a greatest payload that is set while a frame is handled holds from the next frame on', (t) => {
  const recorder = new FrameRecorder();
  const decoder = new FrameDecoder({
    onFrame: (frame) => {
      recorder.onFrame(frame);
      decoder.maxPayload = 4_096;
    },
    onData: (frame) => recorder.onData(frame),
    onPayload: () => recorder.onPayload(),
  });
  const large = data(1, 1, 0, pattern(4_097), LEAF);
  t.throws(() => feed(decoder, Buffer.concat([large, PING, large])), { code: 'frame-too-large' });
  t.equal(recorder.frames.length, 2);
  t.end();
});

t.test('handlers see the header as it was sent', (t) => {
  const headers: unknown[] = [];
  const decoder = new FrameDecoder({
    onFrame: ({ name, header }) => headers.push([name, header.stream, header.epoch, header.flags, header.metaLength]),
    onData: ({ name, header }) => {
      headers.push([name, header.stream, header.epoch, header.flags, header.payloadLength]);
      return null;
    },
    onPayload: () => t.fail('nothing was placed'),
  });
  feed(
    decoder,
    rawFrame({ type: 0x21, flags: 0x80, stream: 0x7fffffff, epoch: 0xfffffffe, meta: Buffer.from([0x80]) }),
  );
  feed(decoder, data(1, 1, 0, pattern(5), LEAF));
  t.strictSame(headers, [
    ['credit', 0x7fffffff, 0xfffffffe, 0x80, 1],
    ['data', 1, 1, 0x01, 5],
  ]);
  t.end();
});
