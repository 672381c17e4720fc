import { pythonList, pythonText } from './python-json.js';
import type { LegacyRequest } from './request.js';

const TERMINATOR = '\r\n\r\n';

function reply(fields: Readonly<Record<string, string>>): string {
  const members = Object.entries(fields).map(([key, value]) => `"${key}": ${pythonText(value)}`);
  return `{${members.join(', ')}}${TERMINATOR}`;
}

/** Different clients look for the text in different fields. */
export const errorReply = (text: string): string => reply({ status: 'ERROR', data: text, message: text });

export function uploadReply({ dialect, name }: LegacyRequest): string {
  const data = dialect === 'json' ? `File ${name} uploaded successfully` : 'File berhasil diupload';
  return reply({ status: 'OK', data, data_namafile: name });
}

export function deleteReply({ dialect, name }: LegacyRequest): string {
  const data = dialect === 'json' ? `File ${name} deleted successfully` : 'File berhasil dihapus';
  return reply({ status: 'OK', data, data_namafile: name });
}

/** What comes before, between and behind the names of a LIST reply, which may be very many. */
export const LIST_BEGIN = '{"status": "OK", "data": [';
export const LIST_END = `]}${TERMINATOR}`;
export const listNames = pythonList;

/** What comes before and behind the base64 of a GET reply. */
export function getBegin({ name, snakeFields }: LegacyRequest): string {
  const field = snakeFields ? 'file_content' : 'data_file';
  return `{"status": "OK", "data_namafile": ${pythonText(name)}, "${field}": "`;
}
export const GET_END = `"}${TERMINATOR}`;

/** What old servers say of a file that isn't there. */
export function notFoundText({ dialect, verb, name }: LegacyRequest): string {
  if (verb === 'GET') return `[Errno 2] No such file or directory: ${pythonQuoted(name)}`;
  return dialect === 'json' ? `File ${name} not found` : 'File tidak ditemukan';
}

function pythonQuoted(name: string): string {
  return name.includes("'") && !name.includes('"') ? `"${name}"` : `'${name.replaceAll("'", "\\'")}'`;
}
