import { join } from 'node:path';
import { refuseSameNames, STANDARD_STREAM } from './put-plan.js';
import { looksLikeUrl, parseUrl, remoteName, type RemoteUrl } from './url.js';
import { UsageError } from './usage-error.js';

export interface GetPlan {
  /** `output`: the one item goes to standard output. */
  readonly to: 'files' | 'output';
  readonly items: readonly {
    readonly url: RemoteUrl;
    /** Local path. */
    readonly destination: string;
  }[];
}

/**
 * Which URL goes to which local path: into a folder under its own name, else DEST is the new name.
 * @param words URL... [DEST]
 * @param isFolder whether a local path is a folder
 * @throws {UsageError}
 */
export function planGet(
  words: readonly string[],
  recursive: boolean | undefined,
  isFolder: (path: string) => boolean,
): GetPlan {
  const last = words.at(-1);
  if (last === undefined) throw new UsageError('get needs at least one URL');
  const destination = words.length > 1 && !looksLikeUrl(last) ? last : undefined;
  const urls = (destination === undefined ? words : words.slice(0, -1)).map(parseUrl);

  if (destination === STANDARD_STREAM) {
    if (recursive) throw new UsageError('a folder does not fit into standard output: leave out -r or name a DEST');
    if (urls.length > 1) throw new UsageError('only one file fits into standard output');
    return { to: 'output', items: [{ url: urls[0]!, destination }] };
  }
  const folder = destination === undefined ? '.' : isFolder(destination) ? destination : undefined;
  if (urls.length > 1 && folder === undefined) {
    throw new UsageError(`${destination!}: several files need a folder to go to, and this is none`);
  }
  const items = urls.map((url) => ({
    url,
    destination: folder === undefined ? destination! : pathInFolder(url, folder, recursive),
  }));
  refuseSameNames(items.map((item) => item.destination));
  return { to: 'files', items };
}

function pathInFolder(url: RemoteUrl, folder: string, recursive: boolean | undefined): string {
  // What is served has no name of its own: its content goes straight into the folder.
  if (url.path === '') {
    if (recursive) return folder;
    throw new UsageError(`${url.text}: the URL names no file; add -r to get all that is served`);
  }
  // A name such as `..` is refused by the client, with the rest of the path, before anything is touched.
  return join(folder, remoteName(url.path));
}
