import t from 'tap';
import { LegacyFault } from '../../../protocol/legacy/fault.js';
import { type LegacyReply, ReplyScanner } from '../../../protocol/legacy/reply-scanner.js';
import type { LegacyVerb } from '../../../protocol/legacy/request.js';

const T = '\r\n\r\n';

interface Found {
  content: string;
  reply?: LegacyReply;
  fault?: string;
}

/** What is found in `pieces`, which are lent: what was looked at is overwritten, as a receive buffer is. */
function read(verb: LegacyVerb, pieces: readonly Uint8Array[], end: boolean): Found {
  const scanner = new ReplyScanner(verb);
  const found: Found = { content: '' };
  const run = (): void => {
    while (found.reply === undefined) {
      const event = scanner.next();
      if (event.kind === 'more') return;
      if (event.kind === 'content') found.content += Buffer.from(event.text).toString('latin1');
      else found.reply = event.reply;
    }
  };
  try {
    for (const piece of pieces) {
      if (found.reply !== undefined) break;
      const lent = Buffer.from(piece);
      scanner.push(lent);
      run();
      lent.fill(0x7e);
    }
    if (end && found.reply === undefined) {
      scanner.end();
      run();
    }
  } catch (error) {
    if (!(error instanceof LegacyFault)) throw error;
    found.fault = error.message;
  }
  return found;
}

/** Whole, in single bytes, and cut in two everywhere: always the same. */
function readInAllWays(
  t: { ok(value: boolean, message: string): unknown },
  verb: LegacyVerb,
  text: string,
  { end = false } = {},
): Found {
  const bytes = Buffer.from(text);
  const whole = read(verb, [bytes], end);
  const ways = [[...bytes].map((byte) => Uint8Array.of(byte))];
  for (let cut = 1; cut < bytes.length; cut++) ways.push([bytes.subarray(0, cut), bytes.subarray(cut)]);
  t.ok(
    ways.every((pieces) => JSON.stringify(read(verb, pieces, end)) === JSON.stringify(whole)),
    `${text.slice(0, 60)} cut everywhere`,
  );
  return whole;
}

const reply = (fields: Partial<LegacyReply> = {}): LegacyReply => ({
  ok: true,
  text: null,
  name: null,
  names: null,
  hasContent: false,
  ...fields,
});

t.test('the replies of the old protocol, as its description writes them', (t) => {
  for (const [verb, text, expected, content = ''] of [
    ['LIST', '{"status": "OK", "data": ["a.bin", "b c.txt"]}', { names: ['a.bin', 'b c.txt'] }],
    ['LIST', '{"status": "OK", "data": []}', { names: [] }],
    ['UPLOAD', '{"status": "OK", "data_namafile": "a.bin"}', { name: 'a.bin' }],
    ['UPLOAD', '{"status": "OK", "data": "File berhasil diupload"}', { text: 'File berhasil diupload' }],
    [
      'GET',
      '{"status": "OK", "data_namafile": "a.bin", "data_file": "aGVsbG8="}',
      { name: 'a.bin', hasContent: true },
      'aGVsbG8=',
    ],
    ['GET', '{"status": "OK", "file_content": ""}', { hasContent: true }],
    ['GET', '{"status": "OK", "data": "aGVsbG8="}', { text: 'aGVsbG8=', hasContent: true }, 'aGVsbG8='],
    ['GET', '{"data": "ada", "data_file": "aGVs", "status": "OK"}', { text: 'ada', hasContent: true }, 'aGVs'],
    ['GET', '{"status": "ERROR", "data": "no \\u00e4 \\ud83d\\ude00"}', { ok: false, text: 'no ä 😀' }],
    ['DELETE', '{"status":"ERROR","message":"File tidak ditemukan"}', { ok: false, text: 'File tidak ditemukan' }],
    ['DELETE', '{"code": -1.5e3, "more": [{"x": null}, true], "status": "OK"}', {}],
  ] as const) {
    const found = { content, reply: reply(expected) };
    t.same(readInAllWays(t, verb, text + T), found, text);
    t.same(readInAllWays(t, verb, text, { end: true }), found, 'and at the end of the stream');
    t.equal(readInAllWays(t, verb, text).reply, undefined, 'not before either');
  }
  t.end();
});

t.test('what is no reply', (t) => {
  for (const [text, fault] of [
    ['HTTP/1.1 200 OK', 'the reply is not JSON'],
    ['["OK"]', 'the reply is not JSON'],
    ['{"status": "OK" "data": ""}', 'the reply is not JSON'],
    ['{"status": "\\x"}', 'the reply is not JSON'],
    ['{"status": 1}', 'the reply has no status'],
    ['{}', 'the reply has no status'],
    [`{"status": "OK", "data_file": "aGVs${T}`, 'the content has a line end within'],
    [`{"status": "OK", ${T}`, 'the reply is cut short'],
    [`{"a": ${'['.repeat(20)}`, 'the JSON is more than 8 deep'],
  ] as const) {
    t.match(readInAllWays(t, 'GET', text + T), { fault }, text);
  }
  t.match(readInAllWays(t, 'LIST', `{"status": "OK", "data": ["a", 1]}${T}`), { fault: /no name/ });
  t.match(readInAllWays(t, 'GET', '{"status": "OK", "data_file": "aGVs', { end: true }), { fault: /cut short/ });
  t.end();
});

t.test('a data of any length is content, if nothing better comes', (t) => {
  const base64 = Buffer.alloc(60_000, 1).toString('base64');
  const pieces = (text: string): Buffer[] => {
    const bytes = Buffer.from(text);
    return Array.from({ length: Math.ceil(bytes.length / 999) }, (_, i) => bytes.subarray(999 * i, 999 * (i + 1)));
  };
  const found = read('GET', pieces(`{"status": "OK", "data": "${base64}"}${T}`), false);
  t.equal(found.content, base64);
  t.same(found.reply, reply({ hasContent: true }));
  const second = read('GET', pieces(`{"data_file": "${base64}", "data": "${base64}", "status": "OK"}${T}`), false);
  t.equal(second.content, base64, 'once');
  const escaped = read('GET', pieces(`{"status": "OK", "data": "${'\\/'.repeat(50_000)}"}${T}`), false);
  t.equal(escaped.content, '/'.repeat(50_000));
  t.match(read('GET', pieces(`{"data": "${base64}", "data_file": "", "status": "OK"}${T}`), false), {
    fault: /two contents/,
  });
  t.match(read('GET', pieces(`{"message": "${base64}", "status": "OK"}${T}`), false), { fault: /too long/ });
  t.end();
});
