import { stat } from 'node:fs/promises';
import process from 'node:process';
import { SluiceError } from '../../protocol/errors.js';
import type { Client } from '../client/index.js';
import { type ClientOptions, runClient, type Session } from './client-command.js';
import { forEachInLanes } from './lanes.js';
import { planPut, STANDARD_STREAM } from './put-plan.js';
import { transferred } from './transferred.js';
import { UsageError } from './usage-error.js';

export interface PutCommandOptions extends ClientOptions {
  readonly recursive?: boolean;
  readonly ifAbsent?: boolean;
  readonly verify?: boolean;
}

export async function put(words: readonly string[], options: PutCommandOptions): Promise<void> {
  await runClient('put', options, async (session) => {
    if (options.verify && options.protocol === 'stream') {
      throw new UsageError('--verify is for the legacy protocols: stream verifies every byte as it is');
    }
    const { target, items } = planPut(words);
    await forEachInLanes(items, ({ source, path }) =>
      session.attempt(path, source, async () => {
        const size = source === STANDARD_STREAM ? undefined : await sizeOfFile(source);
        const client = await session.client(target);
        const { ifAbsent, verify } = options;
        if (size !== 'folder') await putFile(session, client, { source, path, size, ifAbsent, verify });
        else if (options.recursive) await putFolder(session, client, { source, path, ifAbsent, verify });
        else throw new SluiceError('not-a-file', 'it is a folder; add -r to put it with all that is in it');
      }),
    );
  });
}

/** Bytes of a local file; `folder` where it is one; undefined where only the client can say what is wrong with it. */
async function sizeOfFile(path: string): Promise<number | 'folder' | undefined> {
  try {
    const found = await stat(path);
    return found.isDirectory() ? 'folder' : found.isFile() ? found.size : undefined;
  } catch {
    return undefined;
  }
}

interface Item {
  readonly source: string;
  readonly path: string;
  readonly ifAbsent: boolean | undefined;
  readonly verify: boolean | undefined;
}

interface FileItem extends Item {
  /** Bytes, where known. */
  readonly size: number | undefined;
}

async function putFile(
  { signal, report, progress }: Session,
  client: Client,
  { source, path, size, ifAbsent, verify }: FileItem,
): Promise<void> {
  const fromInput = source === STANDARD_STREAM;
  try {
    const onProgress = progress.item(fromInput ? path : source, size);
    const result = await client.put(fromInput ? process.stdin : source, path, { signal, ifAbsent, verify, onProgress });
    report.result(result.path, transferred(result));
  } finally {
    // An input that nobody reads any more would keep the process alive.
    if (fromInput) process.stdin.destroy();
  }
}

async function putFolder(
  { signal, report, progress }: Session,
  client: Client,
  { source, path, ifAbsent, verify }: Item,
): Promise<void> {
  await client.putTree(source, path, {
    signal,
    ifAbsent,
    verify,
    onProgress: progress.item(source),
    onItem: (item) => {
      if (item.error === undefined) report.result(item.path, transferred(item));
      else report.failure(item.path, item.localPath, item.error);
    },
  });
}
