import t from 'tap';
import { decodeMessage, ProtocolError, scanMessage } from '../../protocol/index.js';
import { bytesOf, vectors } from '../fixtures/vectors.js';

const REFUSED = { name: 'ProtocolError', code: 'bad-message' };

for (const { name, hex, error } of vectors('hostile')) {
  t.test(name, (t) => {
    const meta = new Uint8Array(bytesOf(hex));
    if (error === undefined) {
      t.doesNotThrow(() => scanMessage(meta));
      t.strictSame(decodeMessage('cancel', meta), {});
    } else {
      t.throws(() => scanMessage(meta), REFUSED);
      t.throws(() => decodeMessage('cancel', meta), REFUSED);
    }
    t.end();
  });
}

t.test('no beginning of a message is a message', (t) => {
  const wronglyTaken: string[] = [];
  const taken = [...vectors('hostile'), ...vectors('messages')].filter(({ error }) => error === undefined);
  for (const { name, hex } of taken) {
    const meta = new Uint8Array(bytesOf(hex));
    if (meta.length > 600) continue;
    for (let length = 1; length < meta.length; length++) {
      if (!isRefused(meta.subarray(0, length))) wronglyTaken.push(`${name}, its first ${length} bytes`);
    }
  }
  t.strictSame(wronglyTaken, []);
  t.end();
});

function isRefused(meta: Uint8Array): boolean {
  try {
    scanMessage(meta);
  } catch (error) {
    return error instanceof ProtocolError && error.code === 'bad-message';
  }
  return false;
}

t.test('a message within other bytes is read where it stands', (t) => {
  const memory = bytesOf('ffffff81a26964cb401400000000000081ff');
  t.doesNotThrow(() => scanMessage(memory.subarray(3, 16)));
  t.strictSame(decodeMessage('ping', memory.subarray(3, 16)), { id: 5 });
  t.throws(() => scanMessage(memory.subarray(3, 17)), REFUSED);
  t.end();
});
