import { parseAddress } from '../client/address.js';
import { UsageError } from './usage-error.js';

/** Where a file or folder is: `sluice://host[:port]/path`. */
export interface RemoteUrl {
  readonly host: string;
  readonly port: number;
  /** As the protocol has it (P-7.1): without leading or trailing slash; empty for the served folder itself. */
  readonly path: string;
  /** The URL ended in a slash, or names the served folder: something goes into it under its own name. */
  readonly folder: boolean;
  /** As it was typed. */
  readonly text: string;
}

const SCHEME = /^sluices?:\/\//i;

export function looksLikeUrl(text: string): boolean {
  return SCHEME.test(text);
}

/**
 * Reads a URL. `new URL()` is of no use here: it would turn `/a/../b` into `/b` and cut at `?` and `#`. The path is
 * decoded once and left as it is; whether it is allowed is for the protocol to say.
 * @throws {UsageError}
 */
export function parseUrl(text: string): RemoteUrl {
  const fault = (why: string): UsageError => new UsageError(`${text}: ${why}`);
  const scheme = SCHEME.exec(text)?.[0];
  if (scheme === undefined) throw fault(schemeFault(text));
  if (scheme.toLowerCase() === 'sluices://') throw fault('TLS is not available; use sluice://');

  const rest = text.slice(scheme.length);
  const slash = rest.indexOf('/');
  const authority = slash === -1 ? rest : rest.slice(0, slash);
  const encoded = slash === -1 ? '' : rest.slice(slash + 1);

  const place = parseAddress(authority);
  if (typeof place === 'string') throw fault(place);
  const path = decodePath(encoded);
  if (path === undefined) {
    throw fault('the path is not percent-encoded UTF-8; a percent sign itself is written %25');
  }
  return {
    ...place,
    path: path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path,
    folder: path === '' || path.endsWith('/'),
    text,
  };
}

/** The last component of a remote path; empty for the served folder. */
export function remoteName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

export function joinRemote(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

function schemeFault(text: string): string {
  const other = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text);
  if (other !== null) return `the scheme is ${other[1]}://; a Sluice URL begins with sluice://`;
  const hint = text.replace(/^(?:sluice:)?\/*/, '');
  return `a URL begins with sluice://, for example sluice://${hint === '' ? 'localhost/file' : hint}`;
}

function decodePath(encoded: string): string | undefined {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}
