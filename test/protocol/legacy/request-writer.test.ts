import t from 'tap';
import type { SluiceError } from '../../../protocol/errors.js';
import { requestText } from '../../../protocol/legacy/request-writer.js';

t.test('requests as the description of the old protocol writes them', (t) => {
  const whole = (...[dialect, verb, name]: Parameters<typeof requestText>): string => {
    const { before, behind } = requestText(dialect, verb, name);
    return verb === 'UPLOAD' ? `${before}aGVsbG8=${behind}` : before + behind;
  };
  t.equal(whole('json', 'LIST', ''), '{"command": "LIST", "params": []}\r\n\r\n');
  t.equal(whole('json', 'UPLOAD', 'a.bin'), '{"command": "UPLOAD", "params": ["a.bin", "aGVsbG8="]}\r\n\r\n');
  t.equal(whole('json', 'GET', 'a.bin'), '{"command": "GET", "params": ["a.bin"]}\r\n\r\n');
  t.equal(whole('json', 'DELETE', 'a.bin'), '{"command": "DELETE", "params": ["a.bin"]}\r\n\r\n');
  t.equal(whole('text', 'LIST', ''), 'LIST\r\n\r\n');
  t.equal(whole('text', 'UPLOAD', 'a.bin'), 'UPLOAD a.bin aGVsbG8=\r\n\r\n');
  t.equal(whole('text', 'GET', 'b c.bin'), 'GET b c.bin\r\n\r\n');
  t.equal(whole('text', 'DELETE', 'a.bin'), 'DELETE a.bin\r\n\r\n');
  t.end();
});

t.test('names beyond ASCII: escaped in JSON, the bytes of UTF-8 in text', (t) => {
  t.equal(
    requestText('json', 'GET', 'ä"😀').before,
    '{"command": "GET", "params": ["\\u00e4\\"\\ud83d\\ude00"]}\r\n\r\n',
  );
  t.same(Buffer.from(requestText('text', 'GET', 'ä').before, 'latin1'), Buffer.from('GET ä\r\n\r\n', 'utf8'));
  t.end();
});

t.test('a text upload whose name ends as if the length of its content stood there', (t) => {
  const codeOf = (...request: Parameters<typeof requestText>): string | undefined => {
    try {
      requestText(...request);
      return undefined;
    } catch (error) {
      t.match((error as SluiceError).message, /use legacy-json/);
      return (error as SluiceError).code;
    }
  };
  for (const name of ['report.v2 2024', 'a 0', 'dir/b.bin 12345678901234567890']) {
    t.equal(codeOf('text', 'UPLOAD', name), 'bad-path', name);
    t.equal(codeOf('text', 'GET', name), undefined, 'only an upload has a length');
    t.equal(codeOf('text', 'DELETE', name), undefined);
    t.equal(codeOf('json', 'UPLOAD', name), undefined);
  }
  for (const name of ['2024', 'report 2024.txt', 'report-2024', 'dir 1/a']) {
    t.equal(codeOf('text', 'UPLOAD', name), undefined, name);
  }
  t.end();
});
