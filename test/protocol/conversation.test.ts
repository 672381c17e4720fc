import t from 'tap';
import { decodeMessage, encodeDataHead, encodeFrame, readDataMeta } from '../../protocol/index.js';
import { decodeAll } from '../fixtures/frame-recorder.js';
import { bytesOf, type ConversationRow, valueOf, vectors } from '../fixtures/vectors.js';

function encoded(row: ConversationRow): Buffer {
  const { message, stream, epoch } = row;
  if (message !== 'data') return encodeFrame(message, valueOf(row.value) as never, { stream, epoch });
  const payload = bytesOf(row.payload!);
  const fields = { stream, epoch, offset: row.offset!, payloadLength: payload.length, leaf: bytesOf(row.leaf!) };
  return Buffer.concat([encodeDataHead(fields), payload]);
}

for (const row of vectors('conversation')) {
  t.test(row.name, (t) => {
    const bytes = bytesOf(row.hex);
    t.equal(encoded(row).toString('hex'), bytes.toString('hex'), 'encoded');

    const { frames, error, atBoundary } = decodeAll(bytes);
    t.equal(error, undefined);
    t.ok(atBoundary);
    t.equal(frames.length, 1);
    const [frame] = frames;
    t.match(frame, { stream: row.stream, epoch: row.epoch });
    const meta = new Uint8Array(bytesOf(frame!.meta));
    if (row.message === 'data') {
      t.equal(frame!.payload, row.payload);
      t.strictSame(readDataMeta(meta), { offset: row.offset, leaf: new Uint8Array(bytesOf(row.leaf!)) });
    } else {
      t.equal(frame!.flags, row.flags ?? 0);
      t.strictSame(decodeMessage(row.message, meta), valueOf(row.value));
    }
    t.end();
  });
}
