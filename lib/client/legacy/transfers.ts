import { LegacyFault } from '../../../protocol/legacy/fault.js';
import type { GetOptions, GetResult, PutOptions, PutResult } from '../api.js';
import type { DownloadTarget } from '../download-target.js';
import { BadReplyError, toError } from '../errors.js';
import type { UploadSource } from '../upload-source.js';
import type { Exchange } from './exchange.js';
import type { Exchanges } from './exchanges.js';
import { LegacyDownload } from './legacy-download.js';
import { LegacyUpload } from './legacy-upload.js';

/** Puts a source's content, and answers for its end. */
export async function upload(
  exchanges: Exchanges,
  source: UploadSource,
  path: string,
  { signal, onProgress }: PutOptions,
): Promise<PutResult> {
  let sender: LegacyUpload | undefined;
  try {
    await exchanges.ask({
      verb: 'UPLOAD',
      name: path,
      title: `put of '${path}'`,
      signal,
      send: (exchange, text) => {
        sender = new LegacyUpload({ exchange, onProgress, onContent: undefined }, source, text);
        sender.start();
      },
    });
    return { path, size: sender!.size, ...UNTOLD, durable: null };
  } finally {
    sender?.stop();
  }
}

/** Gets a file's content to `target`. */
export async function download(
  exchanges: Exchanges,
  path: string,
  target: DownloadTarget,
  { signal, onProgress }: GetOptions,
): Promise<GetResult> {
  const title = `get of '${path}'`;
  let exchange: Exchange | undefined;
  const receiver = new LegacyDownload(target, {
    onProgress,
    onRoom: () => exchange?.onRoom(),
    onError: (error) => exchange?.fail(error),
  });
  try {
    await exchanges.ask({
      verb: 'GET',
      name: path,
      title,
      signal,
      taker: receiver,
      send: (opened, text) => {
        exchange = opened;
        opened.write(text.before, { last: true });
      },
    });
    await receiver.finish();
    return { path, size: receiver.size, ...UNTOLD, mode: null };
  } catch (thrown) {
    const error =
      thrown instanceof LegacyFault ? new BadReplyError(`${title}: ${thrown.message}`, { cause: thrown }) : thrown;
    await receiver.abort(toError(error));
    throw error;
  }
}

const UNTOLD = { mtimeMs: null, algorithm: null, root: null, version: null } as const;
