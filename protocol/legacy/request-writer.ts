import { SluiceError } from '../errors.js';
import { pythonText } from './python-json.js';
import type { LegacyDialect, LegacyVerb } from './request.js';

/** What stands before and behind the base64 of an upload; all of any other request is `before`. One character for each byte. */
export interface RequestText {
  readonly before: string;
  readonly behind: string;
}

const T = '\r\n\r\n';

/** A request as the oldest servers understand it (P-11.3): one that is ASCII where JSON allows it, and ends in T. @throws {SluiceError} `bad-path` */
export function requestText(dialect: LegacyDialect, verb: LegacyVerb, name: string): RequestText {
  return dialect === 'json' ? jsonRequest(verb, name) : textRequest(verb, name);
}

function jsonRequest(verb: LegacyVerb, name: string): RequestText {
  const params = verb === 'LIST' ? '' : pythonText(name);
  const begin = `{"command": "${verb}", "params": [${params}`;
  return verb === 'UPLOAD' ? { before: `${begin}, "`, behind: `"]}${T}` } : { before: `${begin}]}${T}`, behind: '' };
}

function textRequest(verb: LegacyVerb, name: string): RequestText {
  if (verb === 'LIST') return { before: `LIST${T}`, behind: '' };
  const fault = textNameFault(name);
  if (fault !== undefined) throw unwritable(`${fault}, which the text dialect can't carry`);
  if (verb === 'UPLOAD' && / \d+$/.test(name)) {
    throw unwritable('ends in a space and a number, which a server can take for the length of the content');
  }
  const begin = `${verb} ${Buffer.from(name).toString('latin1')}`;
  return verb === 'UPLOAD' ? { before: `${begin} `, behind: T } : { before: `${begin}${T}`, behind: '' };
}

const unwritable = (fault: string): SluiceError => new SluiceError('bad-path', `the name ${fault}; use legacy-json`);

/** What a server would take for the end of the name, or of the request. */
function textNameFault(name: string): string | undefined {
  // eslint-disable-next-line no-control-regex -- line ends above all, but a server may take any of them for a blank
  if (/[\u0000-\u001f\u007f]/.test(name)) return 'has a control character';
  if (name.includes('||')) return 'has || in it';
  if (/^ | $/.test(name)) return 'begins or ends with a space';
  if (/^["']/.test(name)) return 'begins with a quote';
  return undefined;
}
