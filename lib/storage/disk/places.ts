import { constants, existsSync, openSync, realpathSync, statSync } from 'node:fs';
import { SluiceError } from '../../../protocol/errors.js';
import { errnoOf } from './failures.js';
import { Folder, type Walk } from './folder.js';
import { lockFolder } from './lock.js';
import { clearLeaves, clearPartials, openPrivateFolder } from './private-folder.js';
import type { WorkerConfig } from './tasks.js';

/** The folders that a store has open for as long as it is. */
export interface Places {
  readonly config: Omit<WorkerConfig, 'pid' | 'passageFd' | 'settledMs'>;
  /** Gives back the lock and the folders. */
  close(): void;
}

/**
 * Opens and locks a folder to serve, and removes what was left behind there. It runs before anything is served, so it may block.
 * @throws {SluiceError} `not-a-folder`, `folder-in-use`, `bad-private-folder`
 */
export function openPlaces(path: string, walk: Walk = existsSync('/proc/self/fd') ? 'proc' : 'realpath'): Places {
  const root = resolveRoot(path);
  const opened: Folder[] = [];
  let unlock: (() => void) | undefined;
  const close = (): void => {
    unlock?.();
    for (const folder of opened.splice(0)) folder.close();
  };
  try {
    // The root alone may be reached through links: whoever starts the server names it.
    const rootFolder =
      walk === 'proc'
        ? Folder.fromDescriptor(openSync(root, constants.O_RDONLY | constants.O_DIRECTORY))
        : Folder.fromPath(root);
    opened.push(rootFolder);
    const privateFolder = openPrivateFolder(rootFolder);
    opened.push(privateFolder);
    unlock = lockFolder(privateFolder, root);
    const partials = openPrivateFolder(privateFolder, 'partial');
    opened.push(partials);
    clearPartials(partials);
    const leaves = openPrivateFolder(privateFolder, 'leaves');
    opened.push(leaves);
    clearLeaves(leaves);
    const descriptor = ({ fd = -1 }: Folder): number => fd;
    return {
      config: {
        root,
        walk,
        rootFd: descriptor(rootFolder),
        privateFd: descriptor(privateFolder),
        partialFd: descriptor(partials),
        leavesFd: descriptor(leaves),
      },
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

function resolveRoot(path: string): string {
  try {
    const root = realpathSync(path);
    if (statSync(root).isDirectory()) return root;
  } catch (error) {
    throw new SluiceError('not-a-folder', `${path} can't be served: ${errnoOf(error) ?? String(error)}`, {
      cause: error,
    });
  }
  throw new SluiceError('not-a-folder', `${path} can't be served: it is not a folder`);
}
