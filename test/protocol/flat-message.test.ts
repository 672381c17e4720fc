import { encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import t from 'tap';
import { encodeFlat } from '../../protocol/flat-message.js';

const hex = (bytes: Uint8Array | undefined): string | undefined => bytes && Buffer.from(bytes).toString('hex');

t.test('each kind of value as the MessagePack specification has it', (t) => {
  const root = new Uint8Array(32).fill(0xab);
  const cases: [unknown, string][] = [
    [0, '00'],
    [-0, '00'],
    [127, '7f'],
    [128, 'cc80'],
    [255, 'ccff'],
    [256, 'cd0100'],
    [65_535, 'cdffff'],
    [65_536, 'ce00010000'],
    [2 ** 32 - 1, 'ceffffffff'],
    [2 ** 32, 'cf0000000100000000'],
    [2 ** 53 - 1, 'cf001fffffffffffff'],
    [0.5, 'cb3fe0000000000000'],
    [-1.5, 'cbbff8000000000000'],
    [true, 'c3'],
    [false, 'c2'],
    ['', 'a0'],
    ['abc', 'a3616263'],
    ['a'.repeat(31), `bf${'61'.repeat(31)}`],
    ['a'.repeat(32), `d920${'61'.repeat(32)}`],
    ['a'.repeat(255), `d9ff${'61'.repeat(255)}`],
    [new Uint8Array(0), 'c400'],
    [root, `c420${'ab'.repeat(32)}`],
  ];
  for (const [value, bytes] of cases) t.equal(hex(encodeFlat({ gone: undefined, k: value })), `81a16b${bytes}`);
  t.equal(hex(encodeFlat({})), '80');
  t.end();
});

t.test('what is not short and plain is left to the general encoder', (t) => {
  const values = [null, [], {}, -1, 1n, 'é', 'a'.repeat(256), '\ud800', new Uint8Array(256)];
  for (const value of values) t.equal(encodeFlat({ k: value }), undefined);
  t.equal(encodeFlat(Object.fromEntries(Array.from({ length: 16 }, (_, i) => [`k${i}`, i]))), undefined);
  t.equal(encodeFlat({ ['k'.repeat(32)]: 1 }), undefined);
  t.end();
});

t.test('what it takes has the bytes that the general encoder gives', (t) => {
  const text = fc.oneof(fc.string({ maxLength: 300 }), fc.string({ unit: 'binary', maxLength: 40 }));
  const number = fc.oneof(fc.maxSafeInteger(), fc.nat(70_000), fc.double());
  const value = fc.oneof(number, text, fc.boolean(), fc.uint8Array({ maxLength: 300 }), fc.constant(undefined));
  const key = fc.stringMatching(/^[a-z][A-Za-z]{0,15}$/);
  let taken = 0;
  fc.assert(
    fc.property(fc.dictionary(key, value, { maxKeys: 17, noNullPrototype: true }), (message) => {
      const bytes = encodeFlat(message);
      if (bytes === undefined) return true;
      taken += 1;
      return hex(bytes) === hex(encode(message, { ignoreUndefined: true }));
    }),
    { numRuns: 2_000 },
  );
  t.ok(taken > 500, 'enough of them to tell');
  t.end();
});
