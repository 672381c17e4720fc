import t from 'tap';
import { Base64Encoder } from '../../../protocol/legacy/base64-encoder.js';

t.test('pieces of any size give the text of the whole', (t) => {
  const text = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJA==';
  const bytes = Uint8Array.from({ length: 37 }, (_, i) => i);
  for (let first = 0; first <= 37; first++) {
    for (let second = first; second <= 37; second++) {
      const encoder = new Base64Encoder();
      const pieces = [bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)];
      const got = pieces.map((piece) => encoder.encode(piece)).join('') + encoder.end();
      if (got !== text) t.fail(`cut at ${first} and ${second}: ${got}`);
    }
  }
  t.end();
});

t.test('single bytes, and nothing at all', (t) => {
  const encoder = new Base64Encoder();
  let text = '';
  for (const byte of Buffer.from('foobar!')) text += encoder.encode(Uint8Array.of(byte));
  t.equal(text + encoder.end(), 'Zm9vYmFyIQ==');
  t.equal(encoder.end(), '');
  t.end();
});

t.test('it says how many bytes complete a group', (t) => {
  const encoder = new Base64Encoder();
  t.equal(encoder.missing, 0);
  encoder.encode(Uint8Array.of(1));
  t.equal(encoder.missing, 2);
  encoder.encode(Uint8Array.of(2));
  t.equal(encoder.missing, 1);
  t.equal(encoder.encode(Uint8Array.of(3)), 'AQID');
  t.equal(encoder.missing, 0);
  t.end();
});
