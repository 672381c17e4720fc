import t from 'tap';
import { fitsPreface, PREFACE, startsPreface } from '../../protocol/preface.js';

t.test('the preface is the eight bytes of P-1.2', (t) => {
  t.equal(Buffer.from(PREFACE).toString('hex'), 'd3534c430d0a1a0a');
  t.ok(startsPreface(0xd3));
  t.notOk(startsPreface(0x4c), 'ASCII is not ours');
  t.notOk(fitsPreface(Buffer.from('d3534c430a1a0a', 'hex')), 'CR LF mangled to LF');
  t.end();
});
