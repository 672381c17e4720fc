import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { decodeMessage, encodeMessage, type MessageName, ProtocolError, scanMessage } from '../../protocol/index.js';
import { isAllowedMessage } from '../fixtures/message-oracle.js';
import { bytesOf, valueOf, vectors } from '../fixtures/vectors.js';

/** @throws whatever is not `bad-message` */
function isTaken(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch (error) {
    if (error instanceof ProtocolError && error.code === 'bad-message') return false;
    throw error;
  }
}

/** Bytes that begin things, so that noise has a structure. */
const tag = fc.constantFrom(
  ...[0x80, 0x81, 0x82, 0x90, 0x91, 0x92, 0x9f, 0xa0, 0xa1, 0xa3, 0xbf, 0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7],
  ...[0xca, 0xcb, 0xcc, 0xcd, 0xce, 0xcf, 0xd0, 0xd1, 0xd2, 0xd3, 0xd4, 0xd6, 0xd9, 0xda, 0xdb, 0xdc, 0xdd, 0xde, 0xdf],
  ...[0x00, 0x01, 0x02, 0x61, 0x78, 0x7f, 0xe0, 0xff, 0xef, 0xbb, 0xbf, 0xf0],
);
const noise = fc.array(fc.oneof({ weight: 4, arbitrary: tag }, fc.nat(255)), { maxLength: 40 });
const openings = fc.constantFrom(
  [],
  [0x80],
  [0x81, 0xa1, 0x78],
  [0x82, 0xa1, 0x78, 0xc0, 0xa1, 0x79],
  [0xde, 0x00, 0x01],
);

const known = [...vectors('hostile'), ...vectors('messages')].map((row) => bytesOf(row.hex)).filter(isSmall);
function isSmall(meta: Uint8Array): boolean {
  return meta.length > 0 && meta.length < 2_000;
}
const changed = fc
  .tuple(fc.constantFrom(...known), fc.array(fc.tuple(fc.nat(), fc.oneof(tag, fc.nat(255))), { maxLength: 3 }))
  .map(([meta, changes]) => {
    const result = new Uint8Array(meta);
    for (const [at, value] of changes) result[at % result.length] = value;
    return result;
  });

t.test('the oracle itself knows the vectors', (t) => {
  const wrong = vectors('hostile').filter((row) => isAllowedMessage(bytesOf(row.hex)) !== (row.error === undefined));
  t.strictSame(
    wrong.map(({ name }) => name),
    [],
  );
  t.end();
});

t.test('exactly what P-2.8 allows is taken: structured noise', (t) => {
  let taken = 0;
  fc.assert(
    fc.property(openings, noise, (opening, rest) => {
      const meta = Uint8Array.from([...opening, ...rest]);
      fc.pre(meta.length > 0);
      const allowed = isAllowedMessage(meta);
      if (allowed) taken++;
      return isTaken(() => scanMessage(meta)) === allowed;
    }),
    { numRuns: 5_000 },
  );
  t.ok(taken > 20, 'enough of it is allowed to tell');
  t.end();
});

t.test('exactly what P-2.8 allows is taken: messages with bytes changed', (t) => {
  fc.assert(
    fc.property(changed, (meta) => isTaken(() => scanMessage(meta)) === isAllowedMessage(meta)),
    { numRuns: 5_000 },
  );
  t.end();
});

const names = fc.constantFrom(...new Set(vectors('messages').map(({ message }) => message)));

t.test('whatever arrives as any message, it is taken or bad-message', (t) => {
  fc.assert(
    fc.property(names, fc.oneof(changed, fc.uint8Array({ maxLength: 60 })), (name, meta) => {
      isTaken(() => decodeMessage(name, meta));
    }),
    { numRuns: 5_000 },
  );
  t.end();
});

t.test('what was taken can be sent on, and is taken as the same', (t) => {
  const rows = vectors('messages').filter(({ error }) => error === undefined);
  fc.assert(
    fc.property(fc.constantFrom(...rows), ({ message, value }) => {
      const sent = encodeMessage<MessageName>(message, valueOf(value) as never);
      assert.deepEqual(decodeMessage(message, sent), valueOf(value));
    }),
    { numRuns: 200 },
  );
  t.end();
});

t.test('texts and numbers of any kind survive the way', (t) => {
  const name = fc
    .string({ unit: 'binary', maxLength: 60 })
    .filter((text) => text.isWellFormed() && !text.startsWith('\ufeff'));
  const entry = fc.tuple(
    name,
    fc.constantFrom('file' as const, 'folder' as const, 'symlink' as const, 'other' as const),
    fc.maxSafeNat(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0),
  );
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 40 }), (entries) => {
      const sent = encodeMessage('entries', { entries });
      assert.deepEqual(decodeMessage('entries', sent), { entries });
    }),
    { numRuns: 100 },
  );
  t.end();
});
