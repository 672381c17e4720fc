import { FrameDecoder } from '../../../protocol/decoder.js';
import { DEFAULT_FRAGMENT, DIGEST_SIZE, HEADER_SIZE } from '../../../protocol/limits.js';
import { decodeMessage, encodeFrame, type Message, type MessageName } from '../../../protocol/messages.js';
import { eachChunk, type Stage } from '../stage.js';
import { chunkFrames, feed, putMessage, smallFrames } from './recorded.js';

/** Small files fed at a time: one read seldom brings more. */
const GROUP = 100;

/** Names of RESULT's shapes, by the request that they answer. */
const TITLES: Partial<Record<MessageName, string>> = { putResult: 'RESULT of PUT', getResult: 'RESULT of GET' };

const digest = new Uint8Array(DIGEST_SIZE);
const info = { size: 4096, mtimeMs: 1_764_000_000_123.456, version: '3v8q2-400-1ko2l3b4d5e6f7-1ko2l3b4d5e6f8' };

export const frameStages: readonly Stage[] = [
  {
    name: 'parse',
    per: 'GiB',
    open(lab) {
      let slot = lab.slots.next();
      const chunk = chunkFrames(DEFAULT_FRAGMENT);
      const decoder = decoderInto(({ payloadLength }, index) =>
        slot.subarray(index * DEFAULT_FRAGMENT, index * DEFAULT_FRAGMENT + payloadLength),
      );
      return {
        run: () =>
          eachChunk(lab, () => {
            slot = lab.slots.next();
            feed(decoder, chunk);
          }),
      };
    },
  },
  {
    name: 'parse PUT + DATA',
    per: 'file',
    open({ files, fileSize, slots }) {
      const group = smallFrames(fileSize, GROUP);
      const rest = smallFrames(fileSize, files % GROUP);
      const decoder = decoderInto(({ payloadLength }) => slots.next().subarray(0, payloadLength));
      return {
        run() {
          for (let left = files; left >= GROUP; left -= GROUP) feed(decoder, group);
          feed(decoder, rest);
        },
      };
    },
  },
  ...message('put', putMessage(4096)),
  ...message('putResult', { ...info, root: digest, durable: false }),
  ...message('get', { path: 'folder-0012/file-001234', credit: 1 }),
  ...message('file', { ...info, mode: 0o644, offset: 0, length: 4096 }),
  ...message('getResult', { root: digest }),
];

/** @param place where a payload belongs, given its header and which fragment of its chunk it is */
function decoderInto(place: (header: { payloadLength: number }, index: number) => Uint8Array): FrameDecoder {
  let index = 0;
  return new FrameDecoder({
    onFrame: () => undefined,
    onData: ({ header }) => {
      const target = place(header, index);
      index = header.flags === 0 ? index + 1 : 0;
      return target;
    },
    onPayload: () => undefined,
  });
}

function message<N extends MessageName>(name: N, content: Message<N>): Stage[] {
  const title = TITLES[name] ?? name.toUpperCase();
  const meta = encodeFrame(name, content, { stream: 1 }).subarray(HEADER_SIZE);
  return [
    eachFile(`encode ${title}`, () => encodeFrame(name, content, { stream: 1 })),
    eachFile(`decode ${title}`, () => decodeMessage(name, meta)),
  ];
}

function eachFile(name: string, work: () => unknown): Stage {
  return {
    name,
    per: 'file',
    open: ({ files }) => ({
      run() {
        for (let left = files; left > 0; left--) work();
      },
    }),
  };
}
