import t from 'tap';
import {
  deleteReply,
  errorReply,
  GET_END,
  getBegin,
  LIST_BEGIN,
  LIST_END,
  listNames,
  notFoundText,
  uploadReply,
} from '../../../protocol/legacy/reply.js';
import type { LegacyRequest } from '../../../protocol/legacy/request.js';

const request = (
  dialect: 'json' | 'text',
  verb: LegacyRequest['verb'],
  name: string,
  snakeFields = false,
): LegacyRequest => ({
  dialect,
  verb,
  name,
  snakeFields,
});

t.test('byte for byte', (t) => {
  t.equal(
    errorReply('request tidak dikenali'),
    '{"status": "ERROR", "data": "request tidak dikenali", "message": "request tidak dikenali"}\r\n\r\n',
  );
  t.equal(
    uploadReply(request('text', 'UPLOAD', 'a.bin')),
    '{"status": "OK", "data": "File berhasil diupload", "data_namafile": "a.bin"}\r\n\r\n',
  );
  t.equal(
    uploadReply(request('json', 'UPLOAD', 'a.bin')),
    '{"status": "OK", "data": "File a.bin uploaded successfully", "data_namafile": "a.bin"}\r\n\r\n',
  );
  t.equal(
    deleteReply(request('text', 'DELETE', 'a.bin')),
    '{"status": "OK", "data": "File berhasil dihapus", "data_namafile": "a.bin"}\r\n\r\n',
  );
  t.equal(
    deleteReply(request('json', 'DELETE', 'a.bin')),
    '{"status": "OK", "data": "File a.bin deleted successfully", "data_namafile": "a.bin"}\r\n\r\n',
  );
  t.equal(
    `${getBegin(request('text', 'GET', 'a.bin'))}aGVsbG8=${GET_END}`,
    '{"status": "OK", "data_namafile": "a.bin", "data_file": "aGVsbG8="}\r\n\r\n',
  );
  t.equal(
    `${getBegin(request('json', 'GET', 'a.bin', true))}aGVsbG8=${GET_END}`,
    '{"status": "OK", "data_namafile": "a.bin", "file_content": "aGVsbG8="}\r\n\r\n',
  );
  t.equal(
    LIST_BEGIN + listNames(['a.bin', 'b c.txt']) + LIST_END,
    '{"status": "OK", "data": ["a.bin", "b c.txt"]}\r\n\r\n',
  );
  t.equal(LIST_BEGIN + LIST_END, '{"status": "OK", "data": []}\r\n\r\n');
  t.end();
});

t.test('replies are ASCII, whatever the name', (t) => {
  t.equal(listNames(['ä"\\\u0001\u007f\u2028😀']), '"\\u00e4\\"\\\\\\u0001\\u007f\\u2028\\ud83d\\ude00"');
  t.end();
});

t.test('what is said of a file that is not there', (t) => {
  t.equal(notFoundText(request('text', 'GET', 'a.bin')), "[Errno 2] No such file or directory: 'a.bin'");
  t.equal(notFoundText(request('json', 'GET', "it's")), '[Errno 2] No such file or directory: "it\'s"');
  t.equal(notFoundText(request('json', 'DELETE', 'a.bin')), 'File a.bin not found');
  t.equal(notFoundText(request('text', 'DELETE', 'a.bin')), 'File tidak ditemukan');
  t.end();
});
