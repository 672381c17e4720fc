import * as fs from 'node:fs';
import * as path from 'node:path';
import { componentFault } from '../../protocol/names.js';
import type { Entry, TreeOptions, TreeSummary } from './api.js';
import { LocalFileError, localFileError, RemoteError } from './errors.js';
import { listPages } from './listing.js';
import type { Session } from './session.js';
import { getFile } from './downloads.js';
import { joinRemote, TreeRun, type TreeTask } from './tree.js';

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
  const folders = [{ remote, local }];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    let made = false;
    let fresh = false;
    try {
      for await (const page of listPages(session, folder.remote, { signal: run.signal })) {
        if (!made) fresh = makeFolder(folder.local);
        made = true;
        for (const entry of page) {
          const task = { ...toTask(entry, folder), fresh };
          if (task.error === undefined && entry.type === 'folder')
            folders.push({ remote: task.path, local: task.localPath });
          else yield task;
        }
      }
      if (!made) makeFolder(folder.local);
      run.folders += 1;
    } catch (error) {
      if (folder.remote === remote) throw error;
      yield { path: folder.remote, localPath: folder.local, error: error as Error };
    }
  }
}

/** A name that a server sends is used only when it can be nothing but a name. */
function toTask({ name, type, size }: Entry, folder: { remote: string; local: string }): TreeTask {
  const remotePath = joinRemote(folder.remote, name);
  const fault = componentFault(name);
  if (fault !== undefined) {
    const shown = JSON.stringify(name);
    const error = new LocalFileError('local-bad-name', folder.local, `the server lists ${shown}, which has ${fault}`);
    return { path: remotePath, localPath: folder.local, error };
  }
  const task = { path: remotePath, localPath: path.join(folder.local, name) };
  if (type === 'symlink') {
    return { ...task, error: new RemoteError('symlink', `'${remotePath}' is a symbolic link; none is followed`) };
  }
  if (type === 'other') {
    return { ...task, error: new RemoteError('not-a-file', `'${remotePath}' is not a regular file`) };
  }
  return { ...task, size };
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
