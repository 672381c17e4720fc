import { MAX_PATH } from '../../protocol/limits.js';
import type { GetOptions, PutOptions, TreeOptions } from './api.js';
import { ArgumentError } from './errors.js';

/**
 * What is wrong with a text that is to be sent. Only what the wire can't carry is refused here: a lone surrogate would arrive as
 * another character, and P-2.8 makes the rest the end of the whole connection. What a path may be is the server's to say.
 */
function textFault(text: string, maxBytes: number): string | undefined {
  if (!text.isWellFormed()) return 'has half a character (a lone surrogate)';
  if (text.startsWith('\ufeff')) return 'begins with a byte order mark';
  if (text.length * 3 > maxBytes && Buffer.byteLength(text) > maxBytes) return `has more than ${maxBytes} bytes`;
  return undefined;
}

/** @throws {ArgumentError} `bad-path` */
export function checkPath(path: string): void {
  const fault = textFault(path, MAX_PATH);
  if (fault !== undefined) throw new ArgumentError('bad-path', `the remote path ${fault}`);
}

/** @throws {ArgumentError} `bad-argument` */
export function checkText(what: string, text: string | undefined, maxBytes: number): void {
  const fault = text === undefined ? undefined : textFault(text, maxBytes);
  if (fault !== undefined) throw new ArgumentError('bad-argument', `${what} ${fault}`);
}

const MAX_VERSION = 128;

/** @throws {ArgumentError} */
export function checkPut(path: string, { ifAbsent, ifMatch, mode, mtimeMs }: PutOptions): void {
  checkPath(path);
  checkText('ifMatch', ifMatch, MAX_VERSION);
  if (ifAbsent === true && ifMatch !== undefined) {
    throw new ArgumentError('bad-argument', 'ifAbsent and ifMatch exclude each other');
  }
  if (mode !== undefined && (!Number.isInteger(mode) || mode < 0 || mode > 0o777)) {
    throw new ArgumentError('bad-argument', 'mode must be permission bits, 0 to 0o777');
  }
  if (mtimeMs !== undefined && !Number.isFinite(mtimeMs)) {
    throw new ArgumentError('bad-argument', 'mtimeMs must be a finite number of milliseconds');
  }
}

/** @throws {ArgumentError} */
export function checkGet(path: string, { range, ifMatch }: GetOptions): void {
  checkPath(path);
  checkText('ifMatch', ifMatch, MAX_VERSION);
  if (range === undefined) return;
  const { first, last } = range;
  const fits = Number.isSafeInteger(first) && first >= 0;
  if (!fits || (last !== undefined && (!Number.isSafeInteger(last) || last < first))) {
    throw new ArgumentError('bad-argument', 'range must be two whole numbers, first <= last, counted from 0');
  }
}

/** @throws {ArgumentError} */
export function checkTree(remoteFolder: string, { concurrency = 1 }: TreeOptions): void {
  checkPath(remoteFolder);
  if (concurrency >= 1) return;
  throw new ArgumentError('bad-argument', `concurrency must be a number from 1 on, not ${concurrency}`);
}

/** Calls what the user of the library gave. Its throw is its own matter: it must not break the session. */
export function notify<T>(callback: ((value: T) => void) | undefined, value: T): void {
  try {
    callback?.(value);
  } catch {
    // See above.
  }
}
