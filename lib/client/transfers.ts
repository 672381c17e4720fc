import { Readable } from 'node:stream';
import type { GetOptions, GetResult, PutOptions, PutResult } from './api.js';
import { Download, type DownloadRequest } from './download.js';
import { type DownloadTarget, MemoryTarget } from './download-target.js';
import { FileSource } from './file-source.js';
import { FileTarget } from './file-target.js';
import { run } from './operation.js';
import { ReadableSource } from './readable-source.js';
import { ReadableTarget } from './readable-target.js';
import { retryRefused } from './retry.js';
import type { Session } from './session.js';
import { Upload } from './upload.js';
import { BufferSource, type UploadSource } from './upload-source.js';

/** Puts a local file. `follow`: a symbolic link is opened; true for files that the user named. */
export function putFile(
  session: Session,
  localPath: string,
  path: string,
  options: PutOptions,
  { follow }: { follow: boolean },
): Promise<PutResult> {
  return upload(session, () => new FileSource(localPath, session.pool, { follow }), path, options);
}

export function putBytes(session: Session, bytes: Uint8Array, path: string, options: PutOptions): Promise<PutResult> {
  return upload(session, () => new BufferSource(bytes), path, options);
}

/** Puts a stream, which is destroyed when the upload fails. */
export async function putReadable(
  session: Session,
  readable: Readable,
  path: string,
  options: PutOptions,
): Promise<PutResult> {
  const source = new ReadableSource(readable, session.pool);
  try {
    return await upload(
      session,
      () => source,
      path,
      options,
      () => source.replayable,
    );
  } finally {
    source.destroy();
  }
}

function upload(
  session: Session,
  makeSource: () => UploadSource,
  path: string,
  options: PutOptions,
  again?: () => boolean,
): Promise<PutResult> {
  const attempt = () => run<PutResult>((settle) => new Upload(session, makeSource(), path, options, settle));
  return retryRefused(session, options.signal, attempt, again);
}

export function getFile(
  session: Session,
  request: DownloadRequest,
  destination: string,
  options?: { readonly fresh: boolean },
): Promise<GetResult> {
  return download(session, request, () => new FileTarget(destination, options));
}

export async function getBuffer(
  session: Session,
  request: DownloadRequest,
): Promise<GetResult & { readonly content: Uint8Array }> {
  let target = new MemoryTarget();
  const result = await download(session, request, () => (target = new MemoryTarget()));
  return { ...result, content: target.content };
}

export function getStream(session: Session, request: GetOptions & { readonly path: string }): Readable {
  const leaving = new AbortController();
  const { signal } = request;
  const target = new ReadableTarget(() => leaving.abort());
  const combined = signal === undefined ? leaving.signal : AbortSignal.any([signal, leaving.signal]);
  download(
    session,
    { ...request, signal: combined },
    () => target,
    () => !target.begun,
  ).catch((error: unknown) => target.readable.destroy(error as Error));
  return target.readable;
}

function download(
  session: Session,
  request: DownloadRequest,
  makeTarget: () => DownloadTarget,
  again?: () => boolean,
): Promise<GetResult> {
  const attempt = async () => {
    const target = makeTarget();
    try {
      return await run<GetResult>((settle) => new Download(session, request, target, settle));
    } catch (error) {
      await target.gone();
      throw error;
    }
  };
  return retryRefused(session, request.signal, attempt, again);
}
