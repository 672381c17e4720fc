import { randomBytes } from 'node:crypto';
import t from 'tap';
import { Base64Encoder, textRoom } from '../../../protocol/legacy/base64-encoder.js';

/** The text that an encoder gives for `pieces`, each placed in memory that has been used before. */
function encode(pieces: readonly Uint8Array[], encoder = new Base64Encoder()): string {
  const target = Buffer.alloc(textRoom(Math.max(0, ...pieces.map(({ length }) => length))));
  let text = '';
  for (const piece of pieces) text += target.toString('latin1', 0, encoder.encode(piece, target));
  return text + target.toString('latin1', 0, encoder.end(target));
}

t.test('pieces of any size give the text of the whole', (t) => {
  const text = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJA==';
  const bytes = Uint8Array.from({ length: 37 }, (_, i) => i);
  for (let first = 0; first <= 37; first++) {
    for (let second = first; second <= 37; second++) {
      const got = encode([bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)]);
      if (got !== text) t.fail(`cut at ${first} and ${second}: ${got}`);
    }
  }
  t.end();
});

t.test('single bytes, and nothing at all', (t) => {
  const encoder = new Base64Encoder();
  const single = Array.from('foobar!', (letter) => Buffer.from(letter));
  t.equal(encode(single, encoder), 'Zm9vYmFyIQ==');
  t.equal(encode([], encoder), '');
  t.end();
});

t.test('large pieces, which become text in several steps', (t) => {
  const whole = randomBytes(200_003);
  for (const cut of [0, 1, 2, 24_575, 24_576, 24_577, 73_728, 100_000]) {
    const got = encode([whole.subarray(0, cut), whole.subarray(cut)]);
    if (got !== whole.toString('base64')) t.fail(`cut at ${cut}`);
  }
  t.end();
});

t.test('nothing is cut to what the target holds', (t) => {
  t.throws(() => new Base64Encoder().encode(new Uint8Array(30), new Uint8Array(39)), RangeError);
  t.throws(() => new Base64Encoder().encode(new Uint8Array(60_000), new Uint8Array(79_999)), RangeError);
  const encoder = new Base64Encoder();
  encoder.encode(Uint8Array.of(1, 2), new Uint8Array(0));
  t.throws(() => encoder.encode(Uint8Array.of(3, 4, 5, 6), new Uint8Array(7)), RangeError, 'with what was left before');
  t.end();
});

t.test('the room is enough, and exact in the worst case', (t) => {
  for (let length = 0; length < 10; length++) {
    const encoder = new Base64Encoder();
    encoder.encode(Uint8Array.of(1, 2), new Uint8Array(0));
    const target = new Uint8Array(textRoom(length));
    const written = encoder.encode(new Uint8Array(length), target);
    t.equal(written + encoder.end(target.subarray(written)), target.length);
  }
  t.end();
});

t.test('it says how many bytes complete a group', (t) => {
  const encoder = new Base64Encoder();
  const target = Buffer.alloc(4);
  t.equal(encoder.missing, 0);
  encoder.encode(Uint8Array.of(1), target);
  t.equal(encoder.missing, 2);
  encoder.encode(Uint8Array.of(2), target);
  t.equal(encoder.missing, 1);
  t.equal(encoder.encode(Uint8Array.of(3), target), 4);
  t.equal(target.toString(), 'AQID');
  t.equal(encoder.missing, 0);
  t.end();
});
