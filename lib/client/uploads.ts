import type { Readable } from 'node:stream';
import type { Complete, PutOptions, PutResult } from './api.js';
import { FileSource } from './file-source.js';
import { run } from './operation.js';
import { ReadableSource } from './readable-source.js';
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
): Promise<Complete<PutResult>> {
  return upload(session, () => new FileSource(localPath, session.pool, { follow }), path, options);
}

export function putBytes(
  session: Session,
  bytes: Uint8Array,
  path: string,
  options: PutOptions,
): Promise<Complete<PutResult>> {
  return upload(session, () => new BufferSource(bytes), path, options);
}

/** Puts a stream, which is destroyed when the upload fails. */
export async function putReadable(
  session: Session,
  readable: Readable,
  path: string,
  options: PutOptions,
): Promise<Complete<PutResult>> {
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
): Promise<Complete<PutResult>> {
  const attempt = () => run<Complete<PutResult>>((settle) => new Upload(session, makeSource(), path, options, settle));
  return retryRefused(session, options.signal, attempt, again);
}
