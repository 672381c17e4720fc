import type { Readable } from 'node:stream';
import type { GetOptions } from './api.js';
import type { DownloadTarget } from './download-target.js';
import { ReadableTarget } from './readable-target.js';
import type { Session } from './session.js';

/** A GET whose content is read as a stream. */
export function getStream(session: Session, request: GetOptions & { readonly path: string }): Readable {
  return readDownload(request.signal, async (target, signal) => {
    const { download } = await import('./downloads.js');
    return download(
      session,
      { ...request, signal },
      () => target,
      () => !target.begun,
    );
  });
}

/**
 * A download to a stream; it is destroyed with the error when the download fails.
 * @param download is given a signal that is also aborted when the reader leaves
 */
export function readDownload(
  signal: AbortSignal | undefined,
  download: (target: DownloadTarget & { readonly begun: boolean }, signal: AbortSignal) => Promise<unknown>,
): Readable {
  const leaving = new AbortController();
  const target = new ReadableTarget(() => leaving.abort());
  const combined = signal === undefined ? leaving.signal : AbortSignal.any([signal, leaving.signal]);
  download(target, combined).catch((error: unknown) => target.readable.destroy(error as Error));
  return target.readable;
}
