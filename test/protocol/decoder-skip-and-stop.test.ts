import t from 'tap';
import { FrameDecoder, type FrameHandler } from '../../protocol/index.js';
import { feed, FrameRecorder } from '../fixtures/frame-recorder.js';
import { data, rawFrame } from '../fixtures/naive-frames.js';

const LEAF = Buffer.alloc(32);

const PING = rawFrame({ type: 0x02, meta: Buffer.from('81a2696407', 'hex') });
const PAYLOAD = Buffer.alloc(50_000, 0x70);
const DATA = data(1, 1, 0, PAYLOAD, LEAF);
const HEAD = DATA.length - PAYLOAD.length;

t.test('a payload that onData refuses is skipped, wherever it is cut', (t) => {
  const bytes = Buffer.concat([PING, DATA, PING, data(1, 1, 0, Buffer.from('small'), LEAF), PING]);
  for (const cut of [1, 24, 25, 45, 84, 85, 86, 5_000, 50_084, 50_085, 50_086]) {
    let pings = 0;
    let refused = 0;
    const decoder = new FrameDecoder({
      onFrame: () => {
        pings++;
      },
      onData: () => (refused++, null),
      onPayload: () => t.fail('nothing was placed'),
    });
    feed(decoder, bytes, [cut]);
    t.strictSame([pings, refused, decoder.atBoundary], [3, 2, true], `cut at ${cut}`);
  }
  t.end();
});

t.test('a payload can be skipped in mid-way: its memory is not written any more', (t) => {
  const recorder = new FrameRecorder();
  const decoder = new FrameDecoder(recorder);
  feed(decoder, DATA.subarray(0, HEAD + 20_000));
  const { target } = recorder;
  t.equal(target![19_999], 0x70);
  decoder.skipPayload();
  t.not(decoder.view().buffer, target!.buffer);
  t.notOk(decoder.atBoundary);
  feed(decoder, Buffer.concat([DATA.subarray(HEAD + 20_000), PING]));
  t.equal(target![20_000], 0xee, 'as it was before');
  t.equal(recorder.frames.length, 2);
  t.equal(recorder.frames[0]!.payload, undefined, 'onPayload was not called');
  t.ok(decoder.atBoundary);
  t.end();
});

t.test('a read under way into the old view still counts after skipPayload', (t) => {
  const recorder = new FrameRecorder();
  const decoder = new FrameDecoder(recorder);
  feed(decoder, DATA.subarray(0, HEAD + 20_000));
  const pinned = decoder.view();
  decoder.skipPayload();
  pinned.set(PAYLOAD.subarray(20_000));
  decoder.advance(30_000);
  t.ok(decoder.atBoundary);
  feed(decoder, PING);
  t.equal(recorder.frames.length, 2);
  t.end();
});

t.test('skipPayload between payloads changes nothing', (t) => {
  const recorder = new FrameRecorder();
  const decoder = new FrameDecoder(recorder);
  decoder.skipPayload();
  feed(decoder, DATA);
  decoder.skipPayload();
  feed(decoder, DATA);
  t.equal(recorder.frames.length, 2);
  t.ok(recorder.frames.every(({ payload }) => payload === PAYLOAD.toString('hex')));
  t.end();
});

/** Stops the decoder in the handler `where`; what is called after that is written down. */
function stoppingIn(where: keyof FrameHandler): { decoder: FrameDecoder; calls: string[] } {
  const calls: string[] = [];
  const called = (name: keyof FrameHandler): void => {
    calls.push(name);
    if (name === where) decoder.stop();
  };
  const decoder: FrameDecoder = new FrameDecoder({
    onFrame: () => called('onFrame'),
    onData: ({ header }) => {
      called('onData');
      return new Uint8Array(header.payloadLength);
    },
    onPayload: () => called('onPayload'),
  });
  return { decoder, calls };
}

const CALLED: Record<keyof FrameHandler, string[]> = {
  onFrame: ['onFrame'],
  onData: ['onData'],
  onPayload: ['onData', 'onPayload'],
};

for (const where of ['onFrame', 'onData', 'onPayload'] as const) {
  t.test(`after stop() within ${where} nothing is parsed`, (t) => {
    for (const frame of [DATA, data(1, 1, 0, Buffer.from('small'), LEAF)]) {
      const { decoder, calls } = stoppingIn(where);
      feed(decoder, Buffer.concat([where === 'onFrame' ? PING : frame, PING, frame]));
      t.strictSame(calls, CALLED[where]);
      t.ok(decoder.view().length > 0);
      feed(decoder, Buffer.alloc(100_000, 0xff));
      t.strictSame(calls, CALLED[where], 'not even what is wrong');
    }
    t.end();
  });
}

t.test('after an error the decoder has stopped, with a view for what still arrives', (t) => {
  const recorder = new FrameRecorder();
  const decoder = new FrameDecoder(recorder);
  const broken = rawFrame({ type: 0x02, flags: 0x40 });
  const read = decoder.view();
  const fill = Buffer.alloc(read.length, PING);
  broken.copy(fill);
  read.set(fill);
  t.throws(() => decoder.advance(read.length), { code: 'bad-frame' });
  t.ok(decoder.view().length > 0);
  t.doesNotThrow(() => feed(decoder, Buffer.concat([PING, broken, PING])));
  t.strictSame(recorder.frames, [], 'the good frames behind it are not handled');
  t.end();
});

t.test('what a handler throws comes out of advance, and stops the decoder', (t) => {
  for (const where of ['onFrame', 'onData', 'onPayload'] as const) {
    const recorder = new FrameRecorder();
    const fault = new Error(`of ${where}`);
    recorder[where] = () => {
      throw fault;
    };
    const decoder = new FrameDecoder(recorder);
    t.throws(() => feed(decoder, Buffer.concat([where === 'onFrame' ? PING : DATA, DATA])), fault);
    t.doesNotThrow(() => feed(decoder, DATA));
    t.ok(decoder.view().length > 0);
  }
  t.end();
});
