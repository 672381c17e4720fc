import { basename, resolve } from 'node:path';
import { joinRemote, looksLikeUrl, parseUrl, type RemoteUrl } from './url.js';
import { UsageError } from './usage-error.js';

export const STANDARD_STREAM = '-';

export interface PutPlan {
  readonly target: RemoteUrl;
  readonly items: readonly { readonly source: string; readonly path: string }[];
}

/**
 * Which source goes to which remote path: into a URL that ends in a slash under its own name, else the URL is the new name.
 * @param words FILE... URL
 * @throws {UsageError}
 */
export function planPut(words: readonly string[]): PutPlan {
  const last = words.at(-1);
  const sources = words.slice(0, -1);
  if (last === undefined || sources.length === 0) throw new UsageError('put needs at least one FILE, and a URL last');
  if (!looksLikeUrl(last) && looksLikeUrl(words[0]!))
    throw new UsageError('the URL comes last: sluice put FILE... URL');
  const target = parseUrl(last);
  if (sources.length > 1 && !target.folder) {
    throw new UsageError(`${last}: several files need a folder to go to: a URL that ends in /`);
  }
  const items = sources.map((source) => ({ source, path: target.folder ? pathInFolder(source, target) : target.path }));
  refuseSameNames(items.map(({ path }) => path));
  return { target, items };
}

function pathInFolder(source: string, { path, text }: RemoteUrl): string {
  if (source === STANDARD_STREAM) {
    throw new UsageError(`${text}: standard input has no name of its own: give the full name in the URL`);
  }
  const name = basename(resolve(source));
  if (name === '') throw new UsageError(`${source} has no name of its own: give the full name in the URL`);
  return joinRemote(path, name);
}

/** Two items of one name would overwrite each other, in no certain order. */
export function refuseSameNames(paths: readonly string[]): void {
  const seen = new Set<string>();
  for (const path of paths) {
    if (seen.has(path)) throw new UsageError(`two of the sources would both become ${path}`);
    seen.add(path);
  }
}
