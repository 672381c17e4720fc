import type { Dialect, GetOptions, PutOptions } from '../api.js';
import { UnsupportedError } from '../errors.js';

const WHAT_TO_DO = 'use the protocol stream, if the server speaks it';

/** What the base64 protocol has no words for. */
export function unsupported(dialect: Dialect, what: string, why: string): UnsupportedError {
  return new UnsupportedError(`${dialect} can't ${what}: ${why}; ${WHAT_TO_DO}`);
}

/** @throws {UnsupportedError} */
export function checkLegacyPut(dialect: Dialect, { ifAbsent, ifMatch, mode, mtimeMs }: PutOptions): void {
  if (ifAbsent === true || ifMatch !== undefined) {
    throw unsupported(dialect, 'put on a condition (ifAbsent, ifMatch)', 'an upload replaces whatever has its name');
  }
  if (mode !== undefined || mtimeMs !== undefined) {
    throw unsupported(dialect, 'put with a mode or time', 'an upload has a name and content only');
  }
}

/** @throws {UnsupportedError} */
export function checkLegacyGet(dialect: Dialect, { range, ifMatch }: GetOptions): void {
  if (range !== undefined) throw unsupported(dialect, 'get a range', 'it has only whole files');
  if (ifMatch !== undefined) throw unsupported(dialect, 'get a certain version', 'its files have none');
}
