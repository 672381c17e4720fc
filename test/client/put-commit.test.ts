import { randomBytes } from 'node:crypto';
import t from 'tap';
import type { Session } from '../../lib/client/session.js';
import { Upload } from '../../lib/client/upload.js';
import { BufferSource } from '../../lib/client/upload-source.js';
import type { ChunkJob } from '../../lib/transport/frame-writer.js';
import { hashOf } from '../../lib/workers/digests.js';
import { AckGrade, encodeFrame, type Message, type MessageName } from '../../protocol/messages.js';
import type { FrameTypeName } from '../../protocol/frame.js';
import { CHUNK, rootOf, TYPE, unpack } from '../fixtures/naive-frames.js';

const STREAM = 7;

/** An upload whose frames and chunks are looked at one by one; a writer hands nothing over unless the test says so. */
function uploading(content: Uint8Array) {
  const sent: string[] = [];
  const jobs: ChunkJob[] = [];
  const stream = {
    id: STREAM,
    open: true,
    send: (name: string) => void sent.push(name),
    sendChunk: (job: ChunkJob) => void jobs.push(job),
    withdraw: () => jobs.splice(0).forEach((job) => job.onDone(false)),
  };
  const session = {
    algorithm: 'sha256',
    hash: hashOf('sha256'),
    hello: { eager: 0 },
    enqueue: (operation: Upload) => operation.takeTurn(),
    open: (_operation: Upload, name: string) => {
      sent.push(name);
      return stream;
    },
  } as unknown as Session;
  const upload = new Upload(session, new BufferSource(content), 'a', {}, () => undefined);
  upload.start();
  const hear = <N extends MessageName & FrameTypeName>(name: N, fields: Message<N>, epoch = 0): void => {
    const frame = encodeFrame(name, fields, { stream: STREAM, epoch });
    const header = { epoch } as never;
    upload.onFrame({ name, header, meta: frame.subarray(20) });
  };
  /** The writer has handed over its oldest chunk, and what leaves right behind it. */
  const hand = (): ChunkJob => {
    const job = jobs.shift()!;
    job.onDone(true);
    return job;
  };
  return { sent, jobs, hear, hand };
}

/** What a job has behind it: undefined, or the frame's type, stream and fields. */
function trailerOf({ trailer }: ChunkJob): unknown {
  return trailer && [trailer[4], trailer.readUInt32BE(8), unpack(trailer.subarray(20))];
}

const commitOf = (content: Uint8Array): unknown => [
  TYPE.COMMIT,
  STREAM,
  { size: content.length, root: rootOf(content) },
];

t.test('COMMIT goes to the writer with the last chunk, and only then', (t) => {
  const content = randomBytes(2 * CHUNK + 1);
  const { sent, jobs, hear, hand } = uploading(content);
  hear('credit', { chunks: 3 }, 1);
  t.same(jobs.map(trailerOf), [undefined, undefined, commitOf(content)]);
  while (jobs.length > 0) hand();
  hear('ack', { grade: AckGrade.written, chunks: [0, 3] });
  t.notOk(sent.includes('commit'), 'not for a second time');
  t.end();
});

t.test('a COMMIT that was withdrawn with its chunk leaves behind it when it is sent again', (t) => {
  const content = randomBytes(100_000);
  const { sent, jobs, hear, hand } = uploading(content);
  hear('credit', { chunks: 1 }, 1);
  t.same(trailerOf(jobs[0]!), commitOf(content));
  hear('credit', { chunks: 0 }, 2);
  t.same(jobs, []);
  t.notOk(sent.includes('commit'));
  hear('credit', { chunks: 1 }, 2);
  const again = hand();
  t.equal(again.epoch, 2);
  t.same(trailerOf(again), commitOf(content));
  t.notOk(sent.includes('commit'));
  t.end();
});

t.test('a chunk that is asked for again behind COMMIT goes without another', (t) => {
  const content = randomBytes(100_000);
  const { sent, jobs, hear, hand } = uploading(content);
  hear('credit', { chunks: 1 }, 1);
  hand();
  hear('resend', { offset: 0, epoch: 1, reason: 'digest' });
  hear('credit', { chunks: 2 }, 1);
  t.equal(jobs.length, 1);
  t.equal(trailerOf(hand()), undefined);
  t.notOk(sent.includes('commit'));
  t.end();
});
