import { statSync } from 'node:fs';
import process from 'node:process';
import { pipeline } from 'node:stream/promises';
import { SluiceError } from '../../protocol/errors.js';
import type { Client } from '../client/index.js';
import { type ClientOptions, runClient, type Session } from './client-command.js';
import { type GetPlan, planGet } from './get-plan.js';
import { forEachInLanes } from './lanes.js';
import type { ByteRange } from './option-values.js';
import { transferred } from './transferred.js';
import { UsageError } from './usage-error.js';

export interface GetCommandOptions extends ClientOptions {
  readonly recursive?: boolean;
  readonly range: ByteRange | undefined;
}

type Item = GetPlan['items'][number];

export async function get(words: readonly string[], options: GetCommandOptions): Promise<void> {
  await runClient('get', options, async (session) => {
    if (options.recursive && options.range !== undefined) throw new UsageError('--range is for files, not with -r');
    const plan = planGet(words, options.recursive, isFolder);
    if (plan.to === 'output' && options.json) throw new UsageError('--json and a file do not fit into one output');
    await forEachInLanes(plan.items, (item) =>
      session.attempt(item.url.path, item.url.text, async () => {
        const client = await session.client(item.url);
        if (plan.to === 'output') await getToOutput(session, client, item, options.range);
        else if (options.recursive && (await mayBeFolder(session, client, item))) {
          await getFolder(session, client, item);
        } else await getFile(session, client, item, options.range);
      }),
    );
  });
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** Where that can't be told, getting a folder can't be done either, and says why. */
async function mayBeFolder({ signal }: Session, client: Client, { url }: Item): Promise<boolean> {
  return client.protocol !== 'stream' || (await client.stat(url.path, { signal })).type === 'folder';
}

async function getFile(
  { signal, report, progress }: Session,
  client: Client,
  { url, destination }: Item,
  range: ByteRange | undefined,
): Promise<void> {
  const onProgress = progress.item(url.path);
  try {
    const result = await client.get(url.path, destination, { signal, range, onProgress });
    report.result(result.path, transferred(result));
  } catch (error) {
    throw withHint(error);
  }
}

async function getToOutput(
  { signal, progress }: Session,
  client: Client,
  { url }: Item,
  range: ByteRange | undefined,
): Promise<void> {
  const onProgress = progress.item(url.path);
  try {
    await pipeline(client.getStream(url.path, { signal, range, onProgress }), process.stdout, { end: false });
  } catch (error) {
    throw withHint(error);
  }
}

async function getFolder(
  { signal, report, progress }: Session,
  client: Client,
  { url, destination }: Item,
): Promise<void> {
  await client.getTree(url.path, destination, {
    signal,
    onProgress: progress.item(url.path),
    onItem: (item) => {
      if (item.error === undefined) report.result(item.path, transferred(item));
      else report.failure(item.path, item.path, item.error);
    },
  });
}

function withHint(error: unknown): unknown {
  if (!(error instanceof SluiceError) || error.code !== 'not-a-file') return error;
  return new SluiceError(error.code, `${error.message} (a folder needs -r)`, { cause: error });
}
