import t from 'tap';
import { errorName, ERRORS, ProtocolError } from '../../protocol/index.js';
import { documentTable } from '../fixtures/protocol-document.js';

t.test('the document lists exactly the errors of the code', (t) => {
  const documented = documentTable(['number', 'name', 'scope', 'retryable', 'meaning']).map(
    ([number, name, scope, retryable, meaning]) => [
      name!.replaceAll('`', ''),
      { number: Number(number), scope, retryable: { yes: true, no: false }[retryable!], meaning },
    ],
  );
  t.ok(documented.length > 30);
  t.strictSame(documented, Object.entries(ERRORS));
  t.end();
});

t.test('every error has a number of its own, and is found by it', (t) => {
  const numbers = Object.values(ERRORS).map(({ number }) => number);
  t.equal(new Set(numbers).size, numbers.length);
  for (const [name, { number }] of Object.entries(ERRORS)) t.equal(errorName(number), name);
  for (const unknown of [0, 31, 999, 65_535]) t.equal(errorName(unknown), 'internal', 'P-8.3');
  t.end();
});

t.test('a ProtocolError knows its row', (t) => {
  const busy = new ProtocolError('busy', 'no room', { retryAfterMs: 500 });
  t.match(busy, { code: 'busy', name: 'ProtocolError', retryable: true, endsConnection: false, retryAfterMs: 500 });
  const crc = new ProtocolError('bad-crc', 'framing lost');
  t.match(crc, { code: 'bad-crc', retryable: false, endsConnection: true, retryAfterMs: undefined });
  t.equal(new ProtocolError('timeout', 'either').endsConnection, false);
  t.end();
});
