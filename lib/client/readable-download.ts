import type { Readable } from 'node:stream';
import type { GetOptions } from './api.js';
import { ReadableTarget } from './readable-target.js';
import type { Session } from './session.js';

/** A GET whose content is read as a stream; it is destroyed with the error when the download fails. */
export function getStream(session: Session, request: GetOptions & { readonly path: string }): Readable {
  const leaving = new AbortController();
  const { signal } = request;
  const target = new ReadableTarget(() => leaving.abort());
  const combined = signal === undefined ? leaving.signal : AbortSignal.any([signal, leaving.signal]);
  const begin = async (): Promise<unknown> => {
    const { download } = await import('./downloads.js');
    return download(
      session,
      { ...request, signal: combined },
      () => target,
      () => !target.begun,
    );
  };
  begin().catch((error: unknown) => target.readable.destroy(error as Error));
  return target.readable;
}
