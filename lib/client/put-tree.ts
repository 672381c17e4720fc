import type * as fs from 'node:fs';
import { readdir } from 'node:fs/promises';
import * as path from 'node:path';
import type { PutTreeOptions, TreeSummary } from './api.js';
import { checkPath, checkPut } from './arguments.js';
import { call } from './call.js';
import { LocalFileError, localFileError, RemoteError, toError } from './errors.js';
import type { Session } from './session.js';
import { putFile } from './uploads.js';
import { joinRemote, TreeRun, type TreeTask } from './tree.js';

/** See Client.putTree. */
export function putTree(
  session: Session,
  localFolder: string,
  remoteFolder: string,
  options: PutTreeOptions,
): Promise<TreeSummary> {
  const run = new TreeRun(session, options);
  const tasks = walk(session, run, localFolder, remoteFolder);
  return run.transfer(tasks, (task, onProgress) => {
    checkPut(task.path, {});
    const { signal, ifAbsent } = options;
    return putFile(session, task.localPath, task.path, { signal, ifAbsent, onProgress }, { follow: false });
  });
}

/** Every file below a local folder, depth first. Folders without any entry are made on the server here. */
async function* walk(session: Session, run: TreeRun, local: string, remote: string): AsyncGenerator<TreeTask> {
  const folders = [{ local, remote }];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    let entries: fs.Dirent[];
    try {
      entries = await readdir(folder.local, { withFileTypes: true });
      if (entries.length === 0 && folder.remote !== '') await makeFolder(session, run, folder.remote);
    } catch (error) {
      const fault = localFileError('list', folder.local, error);
      if (folder.local === local && fault instanceof LocalFileError) throw fault;
      yield { path: folder.remote, localPath: folder.local, error: fault };
      continue;
    }
    run.folders += 1;
    for (const entry of entries) {
      const localPath = path.join(folder.local, entry.name);
      const remotePath = joinRemote(folder.remote, entry.name);
      if (entry.isDirectory()) folders.push({ local: localPath, remote: remotePath });
      else yield { path: remotePath, localPath, ...fault(entry, localPath) };
    }
  }
}

function fault(entry: fs.Dirent, localPath: string): { error?: Error } {
  if (entry.name.includes('\ufffd')) {
    // Node shows bytes that are no UTF-8 so; a name that really has that character is as unlikely as it is unwise.
    const why = 'its name is not valid UTF-8; rename it';
    return { error: new LocalFileError('local-bad-name', localPath, `cannot read '${localPath}': ${why}`) };
  }
  if (entry.isFile()) return {};
  const [code, what] = entry.isSymbolicLink()
    ? (['local-symlink', 'it is a symbolic link; links inside of a folder are not followed'] as const)
    : (['local-not-a-file', 'it is not a regular file'] as const);
  return { error: new LocalFileError(code, localPath, `cannot read '${localPath}': ${what}`) };
}

async function makeFolder(session: Session, run: TreeRun, remote: string): Promise<void> {
  try {
    checkPath(remote);
    await call(session, { name: 'mkdir', message: { path: remote }, result: 'emptyResult', signal: run.signal });
  } catch (error) {
    if (!(error instanceof RemoteError && error.code === 'exists')) throw toError(error);
  }
}
