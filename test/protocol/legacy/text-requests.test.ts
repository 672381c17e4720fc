import t from 'tap';
import { type Found, scan, scanInAllWays } from './scan.js';

const T = '\r\n\r\n';
const text = (request: string, name = '', content?: string): Found => ({
  request,
  dialect: 'text',
  name,
  ...(content === undefined ? {} : { content }),
});
const UNKNOWN: Found = { fault: 'request tidak dikenali' };
const NOT_BASE64: Found = { refused: 'the content is not base64 as in RFC 4648, section 4' };
const long = 'QUJD'.repeat(8_000);

const cases: readonly (readonly [string, string, readonly Found[]])[] = [
  ['a list', `LIST${T}`, [text('LIST')]],
  ['a list with a space', `LIST ${T}`, [text('LIST')]],
  ['a get', `GET a.bin${T}`, [text('GET', 'a.bin')]],
  ['a delete', `DELETE a.bin${T}`, [text('DELETE', 'a.bin')]],
  ['an upload', `UPLOAD a.bin aGVsbG8=${T}`, [text('UPLOAD', 'a.bin', 'aGVsbG8=')]],
  [
    'verbs in any case',
    `list${T}Get a${T}dElEtE a${T}uploaD a QUJD${T}`,
    [text('LIST'), text('GET', 'a'), text('DELETE', 'a'), text('UPLOAD', 'a', 'QUJD')],
  ],
  [
    'other names of verbs',
    `ADD a QUJD${T}POST a QUJD${T}HAPUS a${T}download a${T}`,
    [text('UPLOAD', 'a', 'QUJD'), text('UPLOAD', 'a', 'QUJD'), text('DELETE', 'a'), text('GET', 'a')],
  ],
  [
    'spaces in a name',
    `UPLOAD b c d.txt QUJD${T}GET b c d.txt${T}`,
    [text('UPLOAD', 'b c d.txt', 'QUJD'), text('GET', 'b c d.txt')],
  ],
  [
    'quotes',
    `UPLOAD "b c.txt" QUJD${T}UPLOAD 'b c.txt' QUJD${T}GET "b c.txt"${T}`,
    [text('UPLOAD', 'b c.txt', 'QUJD'), text('UPLOAD', 'b c.txt', 'QUJD'), text('GET', 'b c.txt')],
  ],
  [
    'quotes and nothing',
    `UPLOAD "b c.txt"${T}UPLOAD "b c.txt" ${T}`,
    [text('UPLOAD', 'b c.txt'), text('UPLOAD', 'b c.txt')],
  ],
  ['quotes and a length', `UPLOAD "b c.txt" 4 QUJD${T}`, [text('UPLOAD', 'b c.txt', 'QUJD')]],
  [
    'a quote within a name',
    `UPLOAD it's.txt QUJD${T}GET 'tis${T}`,
    [text('UPLOAD', "it's.txt", 'QUJD'), text('GET', "'tis")],
  ],
  ['a length', `UPLOAD a.bin 8 aGVsbG8=${T}`, [text('UPLOAD', 'a.bin', 'aGVsbG8=')]],
  ['a length behind a name with spaces', `UPLOAD b c.bin 8 aGVsbG8=${T}`, [text('UPLOAD', 'b c.bin', 'aGVsbG8=')]],
  ['a number that is part of the name', `UPLOAD IMG 2024 aGVsbG8=${T}`, [text('UPLOAD', 'IMG 2024', 'aGVsbG8=')]],
  [
    'bars',
    `UPLOAD a.bin||aGVsbG8=${T}UPLOAD b c||aGVsbG8=${T}UPLOAD a || QUJD${T}UPLOAD a|b||QUJD${T}`,
    [
      text('UPLOAD', 'a.bin', 'aGVsbG8='),
      text('UPLOAD', 'b c', 'aGVsbG8='),
      text('UPLOAD', 'a', 'QUJD'),
      text('UPLOAD', 'a|b', 'QUJD'),
    ],
  ],
  ['bars and a length', `UPLOAD a.bin||8||aGVsbG8=${T}`, [text('UPLOAD', 'a.bin', 'aGVsbG8=')]],
  [
    'lines',
    `UPLOAD a.bin\r\naGVsbG8=${T}UPLOAD b c.bin\r\nQUJD${T}`,
    [text('UPLOAD', 'a.bin', 'aGVsbG8='), text('UPLOAD', 'b c.bin', 'QUJD')],
  ],
  [
    'empty files',
    `UPLOAD a.bin ${T}UPLOAD a.bin${T}UPLOAD b c.bin${T}UPLOAD b c.bin ${T}UPLOAD a.bin||${T}UPLOAD a.bin 0 ${T}UPLOAD a.bin 0${T}`,
    [
      text('UPLOAD', 'a.bin'),
      text('UPLOAD', 'a.bin'),
      text('UPLOAD', 'b c.bin'),
      text('UPLOAD', 'b c.bin'),
      text('UPLOAD', 'a.bin'),
      text('UPLOAD', 'a.bin'),
      text('UPLOAD', 'a.bin'),
    ],
  ],
  [
    'an empty file whose last word is no base64',
    `UPLOAD my notes${T}UPLOAD v1.2 notes.txt${T}`,
    [text('UPLOAD', 'my notes'), text('UPLOAD', 'v1.2 notes.txt')],
  ],
  ['what follows the last space, if it is base64', `UPLOAD a testABCD${T}`, [text('UPLOAD', 'a', 'testABCD')]],
  ['a folder', `UPLOAD dir/a.bin QUJD${T}`, [text('UPLOAD', 'dir/a.bin', 'QUJD')]],
  ['a name beyond ASCII', `GET à ${T}GET datei ä.bin${T}`, [text('GET', 'à'), text('GET', 'datei ä.bin')]],
  ['a name that ends in a byte that looks blank in latin1', `GET \u00e0${T}`, [text('GET', '\u00e0')]],
  ['blank requests', `${T}${T}LIST${T}${T} \r\n\t${T}LIST${T}`, [text('LIST'), text('LIST')]],
  ['a long upload', `UPLOAD a b.bin ${long}${T}LIST${T}`, [text('UPLOAD', 'a b.bin', long), text('LIST')]],
  ['a long upload with its length', `UPLOAD a b ${long.length} ${long}${T}`, [text('UPLOAD', 'a b', long)]],
  ['a long upload with a number in its name', `UPLOAD a 77 ${long}${T}`, [text('UPLOAD', 'a 77', long)]],
  [
    'a long upload with another length',
    `UPLOAD a.bin 77 ${long}${T}LIST${T}`,
    [{ refused: 'the base64 text has 32000 characters, not the 77 that were named' }, text('LIST')],
  ],
  ['a long upload, quoted', `UPLOAD "a b.bin" ${long.length} ${long}${T}`, [text('UPLOAD', 'a b.bin', long)]],
  [
    'a long upload with line ends within',
    `UPLOAD a ${long}\r\n${long}\r\r\n\r${T}LIST${T}`,
    [text('UPLOAD', 'a', `${long}\r\n${long}\r\r\n\r`), text('LIST')],
  ],
  [
    'another length',
    `UPLOAD a.bin 9 aGVsbG8=${T}LIST${T}`,
    [{ refused: 'the base64 text has 8 characters, not the 9 that were named' }, text('LIST')],
  ],
  [
    'no base64',
    `UPLOAD a.bin @@@@!${T}UPLOAD a.bin aGVsbG8${T}UPLOAD a.bin aGV-bG8=${T}LIST${T}`,
    [NOT_BASE64, NOT_BASE64, NOT_BASE64, text('LIST')],
  ],
  [
    'white space in base64',
    `UPLOAD a.bin aGVs\r\nbG8=${T}UPLOAD a.bin aGVsbG8= ${T}UPLOAD a.bin aGVs\nbG8=${T}UPLOAD a.bin aGVs\tbG8=${T}LIST${T}`,
    [NOT_BASE64, NOT_BASE64, NOT_BASE64, NOT_BASE64, text('LIST')],
  ],
  [
    'what no name ends in',
    `UPLOAD notes aGVsbG8==${T}UPLOAD notes a=b${T}UPLOAD notes @@@@!${T}`,
    [NOT_BASE64, NOT_BASE64, NOT_BASE64],
  ],
  ['no name', `GET${T}LIST${T}`, [UNKNOWN]],
  ['no name for an upload', `UPLOAD${T}LIST${T}`, [{ refused: 'request tidak dikenali' }, text('LIST')]],
  ['a name that is not UTF-8', 'GET \xff\xfe', []],
  ['a list of something', `LIST a${T}LIST${T}`, [UNKNOWN]],
  ['an unknown command', `FETCH a.bin${T}LIST${T}`, [UNKNOWN]],
  ['an unknown command that begins like one', `LISTING${T}LIST${T}`, [UNKNOWN]],
  ['half a command', `LI${T}LIST${T}`, [UNKNOWN]],
  ['HTTP', `GET /a.bin HTTP/1.1\r\nHost: x\r\n\r\nLIST${T}`, [UNKNOWN]],
  ['HTTP that looks like an upload', `POST / HTTP/1.0\r\nContent-Length: 4\r\n\r\nLIST${T}`, [UNKNOWN]],
  [
    'HTTP whose first line is longer than a head, and looks like an upload so far',
    `POST /x||${'A'.repeat(16_400)} HTTP/1.1\r\nHost: x\r\n\r\nDELETE a.bin${T}`,
    [UNKNOWN],
  ],
  [
    'HTTP whose first line ends where a head does',
    `POST /x||${'A'.repeat(16_384 - ' /x|| HTTP/1'.length)} HTTP/1.1\r\nHost: x\r\n\r\nDELETE a.bin${T}`,
    [UNKNOWN],
  ],
  ['HTTP with bare line ends', 'GET / HTTP/1.1\nHost: x\n\n', [UNKNOWN]],
  ['an unknown method of HTTP', 'OPTIONS * HTTP/1.1\r\n\r\n', [UNKNOWN]],
  ['TLS', '\x16\x03\x01\x02\x00', [UNKNOWN]],
  ['a head without end', `GET ${'a'.repeat(20_000)}`, [{ fault: 'the request is too long' }]],
  [
    'an upload whose name has no end',
    `UPLOAD ${'ä'.repeat(20_000)}`,
    [{ fault: 'the request is too long, its content left aside' }],
  ],
  [
    'an upload of much that is no base64',
    `UPLOAD a.bin ${'@'.repeat(20_000)}`,
    [{ fault: 'the content is not base64 as in RFC 4648, section 4' }],
  ],
];
for (const [what, request, expected] of cases) {
  t.test(what, (t) => {
    for (const [way, found] of scanInAllWays(request).entries()) {
      if (way < 2) t.same(found, expected, way === 0 ? 'whole' : 'in single bytes');
      else if (JSON.stringify(found) !== JSON.stringify(expected)) t.same(found, expected, `way ${way}`);
    }
    t.end();
  });
}

t.test('a name that is not UTF-8 is refused', (t) => {
  t.same(scan([Buffer.from(`GET \xff\xfe${T}LIST${T}`, 'latin1')]), [
    { refused: 'the name of the file is not UTF-8' },
    text('LIST'),
  ]);
  t.end();
});

t.test('without a terminator', (t) => {
  const endings: readonly (readonly [string, readonly Found[]])[] = [
    ['LIST', [text('LIST')]],
    ['list\r\n', [text('LIST')]],
    ['GET a.bin', [text('GET', 'a.bin')]],
    ['GET a.bin\r\n', [text('GET', 'a.bin')]],
    ['DELETE a.bin', [text('DELETE', 'a.bin')]],
    ['UPLOAD a.bin aGVsbG8=', [text('UPLOAD', 'a.bin', 'aGVsbG8=')]],
    [`UPLOAD a.bin ${long}`, [text('UPLOAD', 'a.bin', long)]],
    ['LIS', []],
    ['GET', []],
    ['GET ', []],
    ['UPLOAD a.bin', []],
    ['UPLOAD a.bin ', []],
    ['UPLOAD my notes', []],
    ['UPLOAD a.bin aGVsbG8', []],
    ['GET / HTTP/1.1', [UNKNOWN]],
  ];
  for (const [request, expected] of endings)
    t.same(scan([Buffer.from(request)], { end: true }), expected, request.slice(0, 40));
  t.end();
});
