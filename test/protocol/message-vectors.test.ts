import t from 'tap';
import { decodeMessage, encodeMessage, type MessageName, ProtocolError } from '../../protocol/index.js';
import { bytesOf, type MessageRow, valueOf, vectors } from '../fixtures/vectors.js';

const byMessage = new Map<MessageName, MessageRow[]>();
for (const row of vectors('messages')) byMessage.set(row.message, [...(byMessage.get(row.message) ?? []), row]);

for (const [message, rows] of byMessage) {
  t.test(message, (t) => {
    for (const row of rows) {
      const meta = new Uint8Array(bytesOf(row.hex));
      if (row.error === undefined) {
        t.strictSame(decodeMessage(message, meta), valueOf(row.value), row.name);
        if (row.shortest) {
          const bytes = encodeMessage(message, valueOf(row.value) as never);
          t.equal(Buffer.from(bytes).toString('hex'), Buffer.from(meta).toString('hex'), `${row.name}, encoded`);
        }
      } else {
        t.throws(() => decodeMessage(message, meta), { name: 'ProtocolError', code: row.error }, row.name);
      }
    }
    t.end();
  });
}

t.test('what was decoded does not change with the memory it came from', (t) => {
  const meta = Uint8Array.from(encodeMessage('commit', { size: 3, root: new Uint8Array(32).fill(7) }));
  const { root } = decodeMessage('commit', meta);
  meta.fill(0xee);
  t.strictSame(root, new Uint8Array(32).fill(7));
  t.end();
});

t.test('fields that are undefined are not sent', (t) => {
  const meta = encodeMessage('progress', { done: undefined });
  t.equal(Buffer.from(meta).toString('hex'), '80');
  t.end();
});

t.test('a complaint about a long value stays short enough for an ERROR', (t) => {
  const meta = encodeMessage('hash', { path: 'a', algorithm: 'x'.repeat(30_000) as 'sha256' });
  try {
    decodeMessage('hash', meta);
    t.fail('was taken');
  } catch (error) {
    t.ok(error instanceof ProtocolError && error.message.startsWith('hash.algorithm: ') && error.message.length < 256);
  }
  t.end();
});
