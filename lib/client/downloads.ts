import type { Complete, GetResult } from './api.js';
import { Download, type DownloadRequest } from './download.js';
import { type DownloadTarget, MemoryTarget } from './download-target.js';
import { FileTarget } from './file-target.js';
import { run } from './operation.js';
import { retryRefused } from './retry.js';
import type { Session } from './session.js';

export function getFile(
  session: Session,
  request: DownloadRequest,
  destination: string,
  options?: { readonly fresh: boolean },
): Promise<Complete<GetResult>> {
  return download(session, request, () => new FileTarget(destination, options));
}

export async function getBuffer(
  session: Session,
  request: DownloadRequest,
): Promise<Complete<GetResult> & { readonly content: Uint8Array }> {
  let target = new MemoryTarget();
  const result = await download(session, request, () => (target = new MemoryTarget()));
  return { ...result, content: target.content };
}

/** @param again whether it may be begun anew after a refusal; always, by default */
export function download(
  session: Session,
  request: DownloadRequest,
  makeTarget: () => DownloadTarget,
  again?: () => boolean,
): Promise<Complete<GetResult>> {
  const attempt = async () => {
    const target = makeTarget();
    try {
      return await run<Complete<GetResult>>((settle) => new Download(session, request, target, settle));
    } catch (error) {
      await target.gone();
      throw error;
    }
  };
  return retryRefused(session, request.signal, attempt, again);
}
