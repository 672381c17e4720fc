import type * as fs from 'node:fs';
import { readdir } from 'node:fs/promises';
import { LocalFileError, localFileError } from './errors.js';
import { folderPrefix, joinRemote, type TreeRun, type TreeTask } from './tree.js';

/**
 * Every file below a local folder, depth first.
 * @param makeFolder makes a folder without any entry on the server; what it throws is an item that failed
 */
export async function* walkFolder(
  run: TreeRun,
  local: string,
  remote: string,
  makeFolder: (remote: string) => Promise<void>,
): AsyncGenerator<TreeTask> {
  const folders = [{ local, remote }];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    let entries: fs.Dirent[];
    try {
      entries = await readdir(folder.local, { withFileTypes: true });
      if (entries.length === 0 && folder.remote !== '') await makeFolder(folder.remote);
    } catch (error) {
      const fault = localFileError('list', folder.local, error);
      if (folder.local === local && fault instanceof LocalFileError) throw fault;
      yield { path: folder.remote, localPath: folder.local, error: fault };
      continue;
    }
    run.folders += 1;
    const prefix = folderPrefix(folder.local);
    for (const entry of entries) {
      const localPath = prefix + entry.name;
      const remotePath = joinRemote(folder.remote, entry.name);
      if (entry.isDirectory()) folders.push({ local: localPath, remote: remotePath });
      else yield { path: remotePath, localPath, error: fault(entry, localPath) };
    }
  }
}

function fault(entry: fs.Dirent, localPath: string): Error | undefined {
  if (entry.name.includes('\ufffd')) {
    // Node shows bytes that are no UTF-8 so; a name that really has that character is as unlikely as it is unwise.
    const why = 'its name is not valid UTF-8; rename it';
    return new LocalFileError('local-bad-name', localPath, `cannot read '${localPath}': ${why}`);
  }
  if (entry.isFile()) return undefined;
  const [code, what] = entry.isSymbolicLink()
    ? (['local-symlink', 'it is a symbolic link; links inside of a folder are not followed'] as const)
    : (['local-not-a-file', 'it is not a regular file'] as const);
  return new LocalFileError(code, localPath, `cannot read '${localPath}': ${what}`);
}
