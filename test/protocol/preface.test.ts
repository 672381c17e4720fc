import t from 'tap';
import { fitsPreface, PREFACE, startsPreface } from '../../protocol/index.js';
import { bytesOf, vectors } from '../fixtures/vectors.js';

t.test('the preface is the eight bytes of P-1.2', (t) => {
  t.equal(Buffer.from(PREFACE).toString('hex'), 'd3534c430d0a1a0a');
  t.end();
});

function resultOf(bytes: Uint8Array): string {
  if (bytes.length > 0 && !startsPreface(bytes[0]!)) return 'other-protocol';
  if (!fitsPreface(bytes)) return 'bad-preface';
  return bytes.length < PREFACE.length ? 'incomplete' : 'preface';
}

for (const { name, hex, result } of vectors('preface')) {
  t.test(name, (t) => {
    t.equal(resultOf(bytesOf(hex)), result);
    t.end();
  });
}
