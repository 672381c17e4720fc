import * as path from 'node:path';
import { DEFAULT_STREAMS } from '../../protocol/limits.js';
import type { TreeItem, TreeOptions, TreeSummary } from './api.js';
import { notify } from './arguments.js';
import { toError } from './errors.js';

/** One file that is to be transferred, or what is wrong with it. Paths as in TreeItem. */
export interface TreeTask {
  readonly path: string;
  readonly localPath: string;
  /** Bytes, where a listing has told. */
  readonly size?: number | undefined;
  /** Its local folder was made in this run. */
  readonly fresh?: boolean | undefined;
  readonly error?: Error | undefined;
}

/** What the files of a tree share. */
export interface TreeHost {
  /** Why nothing more can be asked of the server; undefined while it can. */
  readonly refusal: Error | undefined;
  /** Operations that may be open at once. */
  readonly streams: number;
}

/** Gathers what becomes of the files of a tree. */
export class TreeRun {
  files = 0;
  folders = 0;
  bytes = 0;
  failed = 0;
  readonly #host: TreeHost;
  readonly #options: TreeOptions;
  /** Bytes of the files under way and of those that are done. */
  #progress = 0;

  constructor(host: TreeHost, options: TreeOptions) {
    this.#host = host;
    this.#options = options;
  }

  get signal(): AbortSignal | undefined {
    return this.#options.signal;
  }

  /**
   * Transfers what `tasks` gives, many at a time, in the order in which they come. A task that fails is an item that failed; only
   * an abort, the end of the connection, or a throw of `tasks` ends the run.
   */
  async transfer(
    tasks: AsyncIterator<TreeTask>,
    transfer: (
      task: TreeTask,
      onProgress: (progress: { bytes: number }) => void,
    ) => Promise<Omit<TreeItem & { error?: undefined }, 'path' | 'localPath'>>,
  ): Promise<TreeSummary> {
    let failure: Error | undefined;
    const lane = async (): Promise<void> => {
      while (failure === undefined) {
        const next = await tasks.next();
        if (next.done) return;
        const task = next.value;
        const { path, localPath } = task;
        try {
          if (task.error !== undefined) throw task.error;
          const { size, mtimeMs, algorithm, root, version } = await transfer(task, this.#progressOfOne());
          this.files += 1;
          this.bytes += size;
          notify(this.#options.onItem, { path, localPath, size, mtimeMs, algorithm, root, version });
        } catch (error) {
          this.#throwIfOver();
          this.fail(path, localPath, toError(error));
        }
      }
    };
    const guarded = async (): Promise<void> => {
      try {
        await lane();
      } catch (error) {
        failure ??= toError(error);
      }
    };
    await Promise.all(Array.from({ length: this.#lanes }, guarded));
    if (failure !== undefined) throw failure;
    const { files, folders, bytes, failed } = this;
    return { files, folders, bytes, failed };
  }

  fail(path: string, localPath: string, error: Error): void {
    this.failed += 1;
    notify(this.#options.onItem, { path, localPath, error });
  }

  #throwIfOver(): void {
    if (this.signal?.aborted) throw toError(this.signal.reason);
    if (this.#host.refusal !== undefined) throw this.#host.refusal;
  }

  get #lanes(): number {
    const { concurrency = DEFAULT_STREAMS } = this.#options;
    return Math.floor(Math.min(concurrency, this.#host.streams, DEFAULT_STREAMS));
  }

  #progressOfOne(): (progress: { bytes: number }) => void {
    let before = 0;
    return ({ bytes }) => {
      this.#progress += bytes - before;
      before = bytes;
      notify(this.#options.onProgress, { bytes: this.#progress, total: undefined });
    };
  }
}

/** What `path.join` puts before the names in a local folder: asked once, it need not take the folder apart for each name. */
export function folderPrefix(folder: string): string {
  return path.join(folder, 'x').slice(0, -1);
}

/** A remote path below another; the empty one is the served folder. */
export function joinRemote(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}
