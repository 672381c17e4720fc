import * as fs from 'node:fs';
import { componentFault } from '../../protocol/names.js';
import type { Complete, Entry, TreeOptions, TreeSummary } from './api.js';
import { LocalFileError, localFileError, RemoteError } from './errors.js';
import { listPages } from './listing.js';
import type { Session } from './session.js';
import { getFile } from './downloads.js';
import { folderPrefix, joinRemote, TreeRun, type TreeTask } from './tree.js';

/** Folders that are listed before it is their turn: one after the other, each would cost a round trip. */
const AHEAD = 16;

/** See Client.getTree. */
export function getTree(
  session: Session,
  remoteFolder: string,
  localFolder: string,
  options: TreeOptions,
): Promise<TreeSummary> {
  const run = new TreeRun(session, options);
  const tasks = walk(session, run, remoteFolder, localFolder);
  return run.transfer(tasks, (task, onProgress) => {
    const request = { path: task.path, expected: task.size, signal: options.signal, onProgress };
    return getFile(session, request, task.localPath, { fresh: task.fresh ?? false });
  });
}

/** Every file below a remote folder. Local folders are made here, when the server has shown that the remote one is there. */
async function* walk(session: Session, run: TreeRun, remote: string, local: string): AsyncGenerator<TreeTask> {
  const folders = new Folders(listingsAhead(session));
  folders.push(new RemoteFolder(session, run, remote, local));
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    let made = false;
    let fresh = false;
    try {
      for await (const page of folder.pages()) {
        if (!made) fresh = makeFolder(folder.local);
        made = true;
        for (const entry of page) {
          const task = toTask(entry, folder, fresh);
          if (task.error === undefined && entry.type === 'folder')
            folders.push(new RemoteFolder(session, run, task.path, task.localPath));
          else yield task;
        }
        folders.beginNext();
      }
      if (!made) makeFolder(folder.local);
      run.folders += 1;
    } catch (error) {
      if (folder.remote === remote) throw error;
      yield { path: folder.remote, localPath: folder.local, error: error as Error };
    }
  }
}

/** The folders that are still to be read, the one found last first. */
class Folders {
  readonly #ahead: number;
  readonly #folders: RemoteFolder[] = [];
  /** Those of them that are begun. Each may keep a stream, so they are counted wherever they are. */
  #begun = 0;

  /** @param ahead how many may be begun */
  constructor(ahead: number) {
    this.#ahead = ahead;
  }

  push(folder: RemoteFolder): void {
    this.#folders.push(folder);
  }

  pop(): RemoteFolder | undefined {
    const folder = this.#folders.pop();
    if (folder?.begun) this.#begun -= 1;
    return folder;
  }

  /** Begins those whose turn comes next. */
  beginNext(): void {
    for (const folder of this.#folders.slice(-AHEAD).reverse()) {
      if (this.#begun >= this.#ahead) return;
      if (folder.begun) continue;
      folder.begin();
      this.#begun += 1;
    }
  }
}

/** A listing keeps its stream until it is read: most must be left to the files. */
function listingsAhead(session: Session): number {
  return Math.min(AHEAD, session.hello.streams >> 3);
}

/** A folder that is to be read. */
class RemoteFolder {
  readonly remote: string;
  readonly local: string;
  /** What stands before the local names in it. */
  readonly prefix: string;
  readonly #pages: AsyncGenerator<Complete<Entry>[], void, undefined>;
  #first: Promise<IteratorResult<Complete<Entry>[], void>> | undefined;

  constructor(session: Session, run: TreeRun, remote: string, local: string) {
    this.remote = remote;
    this.local = local;
    this.prefix = folderPrefix(local);
    this.#pages = listPages(session, remote, { signal: run.signal });
  }

  get begun(): boolean {
    return this.#first !== undefined;
  }

  /** Asks for it, if that has not been done yet. */
  begin(): void {
    this.#first ??= this.#pages.next();
    // Whoever reads the pages hears of it.
    this.#first.catch(() => undefined);
  }

  async *pages(): AsyncGenerator<Complete<Entry>[], void, undefined> {
    this.begin();
    for (let next = await this.#first!; !next.done; next = await this.#pages.next()) yield next.value;
  }
}

/** A name that a server sends is used only when it can be nothing but a name. */
function toTask({ name, type, size }: Complete<Entry>, folder: RemoteFolder, fresh: boolean): TreeTask {
  const remotePath = joinRemote(folder.remote, name);
  const fault = componentFault(name);
  if (fault !== undefined) {
    const shown = JSON.stringify(name);
    const error = new LocalFileError('local-bad-name', folder.local, `the server lists ${shown}, which has ${fault}`);
    return { path: remotePath, localPath: folder.local, error };
  }
  let error: Error | undefined;
  if (type === 'symlink') error = new RemoteError('symlink', `'${remotePath}' is a symbolic link; none is followed`);
  if (type === 'other') error = new RemoteError('not-a-file', `'${remotePath}' is not a regular file`);
  return { path: remotePath, localPath: folder.prefix + name, size, fresh, error };
}

/** @returns whether it was not there before */
function makeFolder(local: string): boolean {
  try {
    return fs.mkdirSync(local, { recursive: true }) !== undefined;
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'EEXIST'
      ? new LocalFileError(
          'local-not-a-folder',
          local,
          `cannot make '${local}': something that is no folder has the name`,
        )
      : localFileError('make', local, error);
  }
}
