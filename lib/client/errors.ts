import { type ErrorName, ERRORS, SluiceError } from '../../protocol/errors.js';

export type ConnectionErrorCode = 'connection-refused' | 'unknown-host' | 'not-sluice' | 'connection-lost' | 'closed';

/** The connection could not be made, or it ended under the operation. */
export class ConnectionError extends SluiceError {
  declare readonly code: ConnectionErrorCode;
}

/** Nothing was heard for `timeoutMs` although the server owed the next step. Its code is `timeout`. */
export class TimeoutError extends SluiceError {
  declare readonly code: 'timeout';

  constructor(message: string, options?: ErrorOptions) {
    super('timeout', message, options);
  }
}

/** An error that the server told (P-8.1). */
export class RemoteError extends SluiceError {
  declare readonly code: ErrorName;
  /** When to try again, in milliseconds from now; only with `busy` and its like. */
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorName, message: string, retryAfterMs?: number) {
    super(code, message);
    this.retryAfterMs = retryAfterMs;
  }

  /** P-8.4: the same request can succeed later without a change. */
  get retryable(): boolean {
    return ERRORS[this.code].retryable;
  }
}

/** The dialect in use can't do that. Its code is `unsupported`; nothing was sent. */
export class UnsupportedError extends SluiceError {
  declare readonly code: 'unsupported';

  constructor(message: string) {
    super('unsupported', message);
  }
}

/** A server of the base64 protocol answered ERROR. The message is its own text. */
export class LegacyServerError extends SluiceError {
  declare readonly code: 'not-found' | 'server-error';
}

/** What a server of the base64 protocol answered is not what that protocol has, or not what was asked for. Its code is `bad-reply`. */
export class BadReplyError extends SluiceError {
  declare readonly code: 'bad-reply';

  constructor(message: string, options?: ErrorOptions) {
    super('bad-reply', message, options);
  }
}

/** What arrived, or what the server published, is not what its digest names. Its code is `digest-mismatch`. */
export class IntegrityError extends SluiceError {
  declare readonly code: 'digest-mismatch';

  constructor(message: string) {
    super('digest-mismatch', message);
  }
}

/** An argument that no server could be asked with. Its code is `bad-argument`, or `bad-path` for a remote path. */
export class ArgumentError extends SluiceError {
  declare readonly code: 'bad-argument' | 'bad-path';
}

export type LocalFileErrorCode =
  | 'local-not-found'
  | 'local-permission-denied'
  | 'local-is-folder'
  | 'local-not-a-folder'
  | 'local-not-a-file'
  | 'local-symlink'
  | 'local-bad-name'
  | 'local-no-space'
  | 'local-too-large'
  | 'local-io-error'
  | 'source-changed';

/** A file of this machine can't be read, written or trusted. */
export class LocalFileError extends SluiceError {
  declare readonly code: LocalFileErrorCode;
  /** The local path. */
  readonly path: string;

  constructor(code: LocalFileErrorCode, path: string, message: string, options?: ErrorOptions) {
    super(code, message, options);
    this.path = path;
  }
}

const BY_ERRNO: Readonly<Record<string, readonly [LocalFileErrorCode, string]>> = {
  ENOENT: ['local-not-found', 'there is no such file or folder'],
  EACCES: ['local-permission-denied', 'permission denied'],
  EPERM: ['local-permission-denied', 'permission denied'],
  EROFS: ['local-permission-denied', 'the file system is read-only'],
  EISDIR: ['local-is-folder', 'it is a folder'],
  ENOTDIR: ['local-not-a-folder', 'a part of the path is not a folder'],
  ENXIO: ['local-not-a-file', 'it is not a regular file'],
  ENOSPC: ['local-no-space', 'no space is left on the disk'],
  EDQUOT: ['local-no-space', 'the disk quota is used up'],
  EFBIG: ['local-too-large', 'the file system takes no file of that size'],
  ENAMETOOLONG: ['local-bad-name', 'the name is too long'],
  EILSEQ: ['local-bad-name', 'the file system does not take that name'],
};

/**
 * The error of a file system call, in words.
 * @param doing what failed, as in `cannot DOING 'PATH'`
 */
export function localFileError(doing: 'read' | 'write' | 'list' | 'make', path: string, error: unknown): Error {
  if (!(error instanceof Error) || error instanceof SluiceError) return toError(error);
  const { code: errno } = error as NodeJS.ErrnoException;
  if (errno === undefined) return error;
  const [code, why] = BY_ERRNO[errno] ?? ['local-io-error', error.message];
  return new LocalFileError(code, path, `cannot ${doing} '${path}': ${why}`, { cause: error });
}

/** Anything thrown, as an Error. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown), { cause: thrown });
}
