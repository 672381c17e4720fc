import { LegacyFault } from '../../../protocol/legacy/fault.js';
import type { GetOptions, GetResult, PutOptions, PutResult } from '../api.js';
import type { DownloadTarget } from '../download-target.js';
import { BadReplyError, IntegrityError, toError } from '../errors.js';
import type { UploadSource } from '../upload-source.js';
import { ContentDigest } from './content-digest.js';
import type { Exchange } from './exchange.js';
import type { Exchanges } from './exchanges.js';
import { LegacyDownload } from './legacy-download.js';
import { LegacyUpload } from './legacy-upload.js';

/** Puts a source's content, and answers for its end. */
export async function upload(
  exchanges: Exchanges,
  source: UploadSource,
  path: string,
  { signal, onProgress, verify }: PutOptions,
): Promise<PutResult> {
  let sender: LegacyUpload | undefined;
  const sent = verify ? new ContentDigest() : undefined;
  try {
    await exchanges.ask({
      verb: 'UPLOAD',
      name: path,
      title: `put of '${path}'`,
      signal,
      send: (exchange, text) => {
        sender = new LegacyUpload({ exchange, onProgress, onContent: (bytes) => sent?.add(bytes) }, source, text);
        sender.start();
      },
    });
  } finally {
    sender?.stop();
  }
  if (sent !== undefined) await verifyStored(exchanges, path, sent, signal);
  return { path, size: sender!.size, ...UNTOLD, durable: null };
}

/** Old servers can answer OK to half a file. @throws {IntegrityError} when what comes back isn't what was sent */
async function verifyStored(
  exchanges: Exchanges,
  path: string,
  sent: ContentDigest,
  signal: AbortSignal | undefined,
): Promise<void> {
  const stored = new ContentDigest();
  await download(exchanges, path, stored, { signal });
  if (stored.hex === sent.hex) return;
  const what = `put of '${path}': the server answered OK, but gives back ${stored.size} bytes that are not the ${sent.size} sent`;
  throw new IntegrityError(`${what}. What stands there now is wrong: put it again, or remove it`);
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
