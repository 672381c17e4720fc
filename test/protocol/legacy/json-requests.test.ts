import t from 'tap';
import { type Found, scan, scanInAllWays } from './scan.js';

const T = '\r\n\r\n';
const json = (request: string, name = '', content?: string): Found => ({
  request,
  dialect: 'json',
  name,
  ...(content === undefined ? {} : { content }),
});
const LIST = json('LIST');
const long = 'QUJD+/09'.repeat(4_000);

const cases: readonly (readonly [string, string, readonly Found[]])[] = [
  ['a list', `{"command": "LIST", "params": []}${T}`, [LIST]],
  ['an upload', `{"command": "UPLOAD", "params": ["a.bin", "aGVsbG8="]}${T}`, [json('UPLOAD', 'a.bin', 'aGVsbG8=')]],
  ['a get', `{"command": "GET", "params": ["a.bin"]}${T}`, [json('GET', 'a.bin')]],
  ['a delete', `{"command": "DELETE", "params": ["a.bin"]}${T}`, [json('DELETE', 'a.bin')]],
  ['no params', `{"command": "LIST"}${T}`, [LIST]],
  [
    'named fields',
    `{"command": "upload", "filename": "a.bin", "filedata": "QUJD"}${T}`,
    [json('UPLOAD', 'a.bin', 'QUJD')],
  ],
  ['content', `{"cmd": "Upload", "filename": "a.bin", "content": "QUJD"}${T}`, [json('UPLOAD', 'a.bin', 'QUJD')]],
  [
    'file_content',
    `{"command":"upload","file_name":"a.bin","file_content":"QUJD"}${T}`,
    [{ ...json('UPLOAD', 'a.bin', 'QUJD'), snake: true }],
  ],
  ['a get by file_name', `{"command":"download","file_name":"a.bin"}${T}`, [{ ...json('GET', 'a.bin'), snake: true }]],
  [
    'the content first',
    `{"filedata":"QUJD","filename":"a.bin","command":"upload"}${T}`,
    [json('UPLOAD', 'a.bin', 'QUJD')],
  ],
  ['params first', `{"params":["a.bin","QUJD"],"command":"upload"}${T}`, [json('UPLOAD', 'a.bin', 'QUJD')]],
  ['an empty file', `{"command": "UPLOAD", "params": ["a.bin", ""]}${T}`, [json('UPLOAD', 'a.bin')]],
  [
    'escapes',
    `{"command":"UPLOAD","params":["\\u00e4\\"\\ud83d\\ude00.bin","Q\\/\\u002b\\u0041"]}${T}`,
    [json('UPLOAD', 'ä"😀.bin', 'Q/+A')],
  ],
  ['raw UTF-8', `{"command":"GET","params":["ä😀.bin"]}${T}`, [json('GET', 'ä😀.bin')]],
  ['a backslash at the end of a text', `{"command":"GET","params":["a\\\\"]}${T}`, [json('GET', 'a\\')]],
  [
    'white space',
    `{\r\n  "command" :\t"GET" ,\n "params" : [ "a.bin" ]\r\n} ${T}${T}{"command":"LIST"}${T}`,
    [json('GET', 'a.bin'), LIST],
  ],
  [
    'other fields',
    `{"id": -1.5e300, "x": {"y": [1, [true, null, {"command": "DELETE"}]]}, "command": "LIST", "z": {}, "w": []}${T}`,
    [LIST],
  ],
  ['a huge number', `{"command": "LIST", "n": ${'9'.repeat(4_000)}}${T}`, [LIST]],
  [
    'content of a request that has none',
    `{"command": "GET", "filename": "a.bin", "filedata": ""}${T}`,
    [json('GET', 'a.bin')],
  ],
  [
    'a long upload',
    `{"command": "UPLOAD", "params": ["a.bin", "${long}"]}${T}{"command":"LIST"}${T}`,
    [json('UPLOAD', 'a.bin', long), LIST],
  ],
  [
    'a long upload with escaped slashes',
    `{"command": "UPLOAD", "params": ["a.bin", "${long.replaceAll('/', '\\/')}"]}${T}`,
    [json('UPLOAD', 'a.bin', long)],
  ],
  [
    'a long upload, its name last',
    `{"filedata":"${long}","filename":"a.bin","command":"UPLOAD"}${T}`,
    [json('UPLOAD', 'a.bin', long)],
  ],
  ['8 deep', `{"x": ${'['.repeat(7)}${']'.repeat(7)}, "command": "LIST"}${T}`, [LIST]],
  [
    'what is no base64 is the decoder to say',
    `{"command":"UPLOAD","params":["a","@ \\n!"]}${T}`,
    [json('UPLOAD', 'a', '@ \n!')],
  ],
  [
    'wrong types',
    `{"command": "GET", "params": "a.bin"}${T}{"command":"LIST"}${T}`,
    [{ refused: 'params is not an array' }, LIST],
  ],
  [
    'a name that is a number',
    `{"command": "GET", "params": [7]}${T}{"command":"LIST"}${T}`,
    [{ refused: 'the name of the file is not a text' }, LIST],
  ],
  [
    'a content that is a number',
    `{"command": "UPLOAD", "params": ["a", 7]}${T}{"command":"LIST"}${T}`,
    [{ refused: 'the content is not a text' }, LIST],
  ],
  [
    'a content that is null',
    `{"command": "UPLOAD", "filename": "a", "filedata": null}${T}`,
    [{ refused: 'the content is not a text' }],
  ],
  [
    'no content',
    `{"command": "UPLOAD", "params": ["a"]}${T}{"command":"LIST"}${T}`,
    [{ refused: 'the upload has no content' }, LIST],
  ],
  [
    'no name',
    `{"command": "GET", "params": []}${T}{"command":"LIST"}${T}`,
    [{ refused: 'the request names no file' }, LIST],
  ],
  [
    'two names',
    `{"command": "GET", "params": ["a"], "filename": "b"}${T}{"command":"LIST"}${T}`,
    [{ refused: 'the request names its file twice' }, LIST],
  ],
  [
    'a field twice',
    `{"command": "GET", "filename": "a", "filename": "a"}${T}{"command":"LIST"}${T}`,
    [{ refused: 'the field name comes twice' }, LIST],
  ],
  [
    'two contents',
    `{"command":"UPLOAD","params":["a","QUJD"],"content":"QUJD"}${T}{"command":"LIST"}${T}`,
    [{ refused: 'the upload has two contents' }, LIST],
  ],
  [
    'an unknown command',
    `{"command": "FETCH", "params": []}${T}{"command":"LIST"}${T}`,
    [{ fault: 'request tidak dikenali' }],
  ],
  ['a command that is no text', `{"command": 5}${T}`, [{ fault: 'request tidak dikenali' }]],
  ['no command', `{"params": []}${T}`, [{ fault: 'request tidak dikenali' }]],
  ['cut short', `{"command": "LIST", "params": [${T}{"command":"LIST"}${T}`, [{ fault: 'the request is cut short' }]],
  [
    'cut short in a text, known before anything follows',
    `{"command": "LI${T}`,
    [{ fault: 'a text has a line end within' }],
  ],
  [
    'cut short in a text',
    `{"command": "GET", "params": ["a${T}{"command":"LIST"}${T}`,
    [{ fault: 'a text has a line end within' }],
  ],
  [
    'cut short in its content',
    `{"command": "UPLOAD", "params": ["a", "QUJD${T}{"command":"LIST"}${T}`,
    [{ fault: 'the content has a line end within' }],
  ],
  [
    '9 deep',
    `{"x": ${'['.repeat(8)}${']'.repeat(8)}, "command": "LIST"}${T}`,
    [{ fault: 'the JSON is more than 8 deep' }],
  ],
  ['very deep', `{"x": ${'['.repeat(9_000)}`, [{ fault: 'the JSON is more than 8 deep' }]],
  [
    'too much besides content',
    `{"x": "${'y'.repeat(20_000)}`,
    [{ fault: 'the request is too long, its content left aside' }],
  ],
  [
    'too long a content of a request that has none',
    `{"command": "GET", "filedata": "${'y'.repeat(20_000)}`,
    [{ fault: 'the request is too long, its content left aside' }],
  ],
  [
    'something behind it',
    `{"command": "LIST"} LIST${T}`,
    [{ fault: 'something stands behind the JSON of the request' }],
  ],
  ['no JSON', `{command: LIST}${T}`, [{ fault: 'the request is not JSON' }]],
  ['a comma too many', `{"command": "LIST",}${T}`, [{ fault: 'the request is not JSON' }]],
  ['two values', `{"command": "LIST" "params": []}${T}`, [{ fault: 'the request is not JSON' }]],
  ['a bad number', `{"x": 01, "command": "LIST"}${T}`, [{ fault: 'the request is not JSON' }]],
  ['a bad escape', `{"command":"UPLOAD","params":["a","QU\\q"]}${T}`, [{ fault: 'the request is not JSON' }]],
  ['an array', `[1]${T}`, [{ fault: 'request tidak dikenali' }]],
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

t.test('bytes that are not UTF-8', (t) => {
  const request = Buffer.from(`{"command": "GET", "params": ["\xff"]}${T}`, 'latin1');
  t.same(scan([request]), [{ fault: 'the request is not JSON' }]);
  t.end();
});

t.test('without a terminator', (t) => {
  t.same(scan([Buffer.from('{"command": "LIST", "params": []}')], { end: true }), [LIST]);
  t.same(scan([Buffer.from('{"command": "GET", "params": ["a"]}\r\n')], { end: true }), [json('GET', 'a')]);
  t.same(scan([Buffer.from('{"command": "LIST", "params": []')], { end: true }), [], 'not whole');
  t.end();
});
