import type { PutTreeOptions, TreeSummary } from './api.js';
import { checkPath, checkPut } from './arguments.js';
import { call } from './call.js';
import { RemoteError, toError } from './errors.js';
import { walkFolder } from './local-tree.js';
import type { Session } from './session.js';
import { putFile } from './uploads.js';
import { TreeRun } from './tree.js';

/** See Client.putTree. */
export function putTree(
  session: Session,
  localFolder: string,
  remoteFolder: string,
  options: PutTreeOptions,
): Promise<TreeSummary> {
  const run = new TreeRun(session, options);
  const tasks = walkFolder(run, localFolder, remoteFolder, (remote) => makeFolder(session, run, remote));
  return run.transfer(tasks, (task, onProgress) => {
    checkPut(task.path, {});
    const { signal, ifAbsent } = options;
    return putFile(session, task.localPath, task.path, { signal, ifAbsent, onProgress }, { follow: false });
  });
}

async function makeFolder(session: Session, run: TreeRun, remote: string): Promise<void> {
  try {
    checkPath(remote);
    await call(session, { name: 'mkdir', message: { path: remote }, result: 'emptyResult', signal: run.signal });
  } catch (error) {
    if (!(error instanceof RemoteError && error.code === 'exists')) throw toError(error);
  }
}
