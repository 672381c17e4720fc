import { randomBytes } from 'node:crypto';
import t from 'tap';
import { Base64Decoder } from '../../../protocol/legacy/base64-decoder.js';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** RFC 4648, section 4, by the letter: bits in a string. Null for anything else. */
function naiveDecode(text: string): Buffer | null {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return null;
  const digits = text.replace(/=/g, '');
  const bits = Array.from(digits, (digit) => ALPHABET.indexOf(digit).toString(2).padStart(6, '0')).join('');
  const whole = bits.length - (bits.length % 8);
  if (bits.slice(whole).includes('1')) return null;
  const bytes: number[] = [];
  for (let at = 0; at < whole; at += 8) bytes.push(Number.parseInt(bits.slice(at, at + 8), 2));
  return Buffer.from(bytes);
}

function naiveEncode(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  let text = '';
  for (let at = 0; at < bits.length; at += 6) {
    text += ALPHABET[Number.parseInt(bits.slice(at, at + 6).padEnd(6, '0'), 2)]!;
  }
  return text + '='.repeat((4 - (text.length % 4)) % 4);
}

/**
 * @param cuts lengths of the pieces, again and again
 * @param room bytes of each target
 * @returns null when it was refused
 */
function decode(text: string, cuts: readonly number[], room: number): Buffer | null {
  const decoder = new Base64Decoder();
  const bytes = Buffer.from(text, 'latin1');
  const out: Buffer[] = [];
  let target = new Uint8Array(new SharedArrayBuffer(room));
  let filled = 0;
  const put = (piece: Uint8Array): void => {
    for (let at = 0; at < piece.length || decoder.spare > 0;) {
      const { read, written } = decoder.decode(piece.subarray(at), target.subarray(filled));
      at += read;
      filled += written;
      if (filled < room) continue;
      out.push(Buffer.from(target));
      target = new Uint8Array(new SharedArrayBuffer(room));
      filled = 0;
    }
  };
  try {
    for (let at = 0, i = 0; at < bytes.length; i++) {
      const length = cuts[i % cuts.length]!;
      put(bytes.subarray(at, at + length));
      at += length;
    }
    decoder.end();
  } catch (error) {
    t.equal((error as { code?: string }).code, 'legacy-fault', String(error));
    return null;
  }
  return Buffer.concat([...out, Buffer.from(target.subarray(0, filled))]);
}

t.test('every length, cut at every position, into targets of every small size', (t) => {
  for (let length = 0; length < 90; length++) {
    const bytes = randomBytes(length);
    const text = naiveEncode(bytes);
    for (let cut = 1; cut <= text.length; cut++) {
      const decoded = decode(text, [cut, text.length], 1 + ((length * cut) % 40));
      if (decoded?.equals(bytes) !== true) t.fail(`length ${length}, cut at ${cut}`);
    }
    t.ok(decode(text, [1], 7)?.equals(bytes), `length ${length}, in single characters`);
  }
  t.end();
});

t.test('what RFC 4648 gives as examples', (t) => {
  const examples = {
    '': '',
    f: 'Zg==',
    fo: 'Zm8=',
    foo: 'Zm9v',
    foob: 'Zm9vYg==',
    fooba: 'Zm9vYmE=',
    foobar: 'Zm9vYmFy',
  };
  for (const [plain, text] of Object.entries(examples)) t.equal(decode(text, [3], 100)?.toString(), plain);
  t.end();
});

const good = 'QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5eg==';
const refused: readonly (readonly [string, string])[] = [
  ['a space', `${good.slice(0, 40)} ${good.slice(40)}`],
  ['a line end', `${good.slice(0, 40)}\r\n${good.slice(40)}`],
  ['a space behind it', `${good} `],
  ['the other alphabet', `${good.slice(0, 40)}-_-_${good.slice(44)}`],
  ['an exclamation mark', `${good.slice(0, 41)}!${good.slice(42)}`],
  ['a byte beyond ASCII', `${good.slice(0, 41)}\xe9${good.slice(42)}`],
  ['a NUL', `${good.slice(0, 41)}\0${good.slice(42)}`],
  ['no padding', good.slice(0, -2)],
  ['half of the padding', good.slice(0, -1)],
  ['too much padding', `${good}=`],
  ['a whole group of padding', `${good.slice(0, 40)}====`],
  ['three characters of padding', 'Q==='],
  ['padding within', `Zg==${good}`],
  ['text behind padding', `${good}QUJD`],
  ['a digit behind a padding', 'Zg=x'],
  ['a group that ends', 'QUJDR'],
  ['unused bits in the last byte, two paddings', 'Zh=='],
  ['unused bits in the last byte, one padding', 'Zm9='],
  ['what an old server takes for an empty file', '@@@@!'],
];
for (const [what, text] of refused) {
  t.test(`refused: ${what}`, (t) => {
    t.equal(naiveDecode(text), null, 'the naive decoder refuses it as well');
    for (let cut = 1; cut <= text.length; cut++)
      t.equal(decode(text, [cut, text.length], 1_000), null, `cut at ${cut}`);
    t.end();
  });
}

t.test('the same as a naive decoder for damaged text', (t) => {
  const odd = [...Array.from(ALPHABET), '=', '=', '-', '_', ' ', '\r', '\n', '!', '\0', '\xff'];
  const pick = (below: number): number => Math.floor(Math.random() * below);
  let refusedCount = 0;
  for (let round = 0; round < 3_000; round++) {
    let text = naiveEncode(randomBytes(pick(200)));
    for (let damages = pick(3); damages > 0; damages--) {
      const at = pick(text.length + 1);
      text = text.slice(0, at) + odd[pick(odd.length)]! + text.slice(at + pick(2));
    }
    const expected = naiveDecode(text);
    const decoded = decode(text, [1 + pick(100), 1 + pick(100)], 1 + pick(100));
    if (expected === null) refusedCount += 1;
    const same = expected === null ? decoded === null : decoded?.equals(expected) === true;
    if (!same) t.fail(`differs for ${JSON.stringify(text)}`);
  }
  t.ok(refusedCount > 300 && refusedCount < 2_700, `${refusedCount} were refused`);
  t.end();
});

t.test('whether the text could end here', (t) => {
  const decoder = new Base64Decoder();
  const target = new Uint8Array(100);
  t.ok(decoder.whole);
  decoder.decode(Buffer.from('QUJ'), target);
  t.notOk(decoder.whole);
  decoder.decode(Buffer.from('D'), target);
  t.ok(decoder.whole);
  t.end();
});
