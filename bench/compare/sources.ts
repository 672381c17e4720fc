import { digestOf, writeRandomFile } from '../files.js';
import type { Workspace } from '../workspace.js';
import type { Load } from './run.js';

/** Files that every client moves. */
export interface Sources {
  readonly path: string;
  /** A small one. */
  readonly warmUp: string;
  readonly load: Load;
}

const WARM_UP_SIZE = 1024 ** 2;

/** Makes them in a workspace. @param size bytes */
export function makeSources(workspace: Workspace, size: number): Sources {
  const path = workspace.path(`source-${size}.bin`);
  const warmUp = workspace.path(`warm-up-${size}.bin`);
  writeRandomFile(path, size);
  writeRandomFile(warmUp, Math.min(size, WARM_UP_SIZE));
  return { path, warmUp, load: { size, digest: digestOf(path)! } };
}
