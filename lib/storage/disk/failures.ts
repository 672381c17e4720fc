import { ERRORS, ProtocolError, SluiceError, type ErrorName } from '../../../protocol/errors.js';
import type { Failure } from '../../workers/serve.js';

/** What the operating system's errors mean to a client (P-8.1). What isn't here is `io-error`. */
const BY_ERRNO: Record<string, ErrorName> = {
  ENOENT: 'not-found',
  EEXIST: 'exists',
  ENOTDIR: 'not-a-folder',
  ELOOP: 'symlink',
  EISDIR: 'not-a-file',
  /** Opening a socket, or a pipe that nobody reads. */
  ENXIO: 'not-a-file',
  ENODEV: 'not-a-file',
  ENOTEMPTY: 'not-empty',
  ENOSPC: 'no-space',
  EDQUOT: 'no-space',
  EACCES: 'permission-denied',
  EPERM: 'permission-denied',
  EROFS: 'permission-denied',
  ENAMETOOLONG: 'bad-path',
  EMFILE: 'busy',
  ENFILE: 'busy',
};

/** Where the table's words don't say enough. */
const MEANINGS: Record<string, string> = {
  EXDEV: 'the two names are on different file systems: a folder within the served one is a mount point',
  EMFILE: 'the server has too many files open',
  ENFILE: 'the server has too many files open',
};

/**
 * Any error as the ProtocolError that a client is told. The system's own message is left out: it holds paths of this
 * machine.
 */
export function asProtocolError(error: unknown): ProtocolError {
  if (error instanceof ProtocolError) return error;
  if (error instanceof SluiceError || !(error instanceof Error)) {
    return new ProtocolError('internal', String(error), { cause: error });
  }
  const errno = errnoOf(error);
  if (errno === undefined) return new ProtocolError('internal', error.message, { cause: error });
  const code = BY_ERRNO[errno] ?? 'io-error';
  const { syscall } = error as NodeJS.ErrnoException;
  return new ProtocolError(
    code,
    `${MEANINGS[errno] ?? ERRORS[code].meaning} (${errno}${syscall ? ` from ${syscall}` : ''})`,
    {
      cause: error,
    },
  );
}

/** The same for the way from a worker to the main thread. */
export function asFailure(error: unknown): Failure {
  const { code, message } = asProtocolError(error);
  return { code, message };
}

/** The system's code, like `ENOENT`; undefined for any other error. */
export function errnoOf(error: unknown): string | undefined {
  const { code, syscall } = error as NodeJS.ErrnoException;
  return typeof code === 'string' && syscall !== undefined ? code : undefined;
}
