/**
 * The one table of error codes (docs/protocol.md, section 8). Its Markdown form in that document is held to this
 * one by a test.
 */

export type ErrorScope = 'connection' | 'stream' | 'either';

export interface ErrorRow {
  readonly number: number;
  readonly scope: ErrorScope;
  /** P-8.4: the same request can succeed later without a change. */
  readonly retryable: boolean;
  readonly meaning: string;
}

const row = (number: number, scope: ErrorScope, retryable: boolean, meaning: string): ErrorRow => ({
  number,
  scope,
  retryable,
  meaning,
});

export const ERRORS = {
  'bad-preface': row(1, 'connection', false, 'the first eight bytes are not the preface'),
  'handshake-timeout': row(2, 'connection', true, 'preface and HELLO did not arrive in time'),
  'unsupported-version': row(3, 'connection', false, 'no protocol version in common'),
  'too-many-connections': row(4, 'connection', true, 'the server has its greatest number of connections'),
  'frame-too-large': row(5, 'connection', false, 'meta or payload is longer than allowed'),
  'bad-crc': row(6, 'connection', false, 'the header checksum does not match'),
  'bad-frame': row(7, 'connection', false, 'a header or fragment breaks a rule'),
  'unknown-type': row(8, 'connection', false, 'a frame type that is not known and not ignorable'),
  'bad-message': row(9, 'connection', false, 'the meta of a frame is not the message it should be'),
  'wrong-state': row(10, 'connection', false, 'a frame that is not allowed here and now'),
  'over-credit': row(11, 'connection', false, 'DATA beyond credit or allowance'),
  flood: row(12, 'connection', false, 'more control frames than the peer reads answers to'),
  timeout: row(13, 'either', true, 'the peer stopped reading or answering'),
  'shutting-down': row(14, 'either', true, 'the server is stopping'),
  internal: row(15, 'either', false, 'a fault of the peer itself'),

  'bad-path': row(32, 'stream', false, 'the name is not allowed'),
  'reserved-name': row(33, 'stream', false, 'the name is reserved for the server'),
  symlink: row(34, 'stream', false, 'a symbolic link stands in the path; none is followed'),
  'not-found': row(35, 'stream', false, 'there is no such file or folder'),
  exists: row(36, 'stream', false, 'something has that name already'),
  'not-a-file': row(37, 'stream', false, 'it is not a regular file'),
  'not-a-folder': row(38, 'stream', false, 'a part of the path is not a folder'),
  'not-empty': row(39, 'stream', false, 'the folder is not empty'),
  'precondition-failed': row(40, 'stream', false, 'the file there has another version'),
  'bad-range': row(41, 'stream', false, 'the range begins beyond the end of the file'),
  'size-mismatch': row(42, 'stream', false, 'the sizes named do not fit each other or what arrived'),
  'digest-mismatch': row(43, 'stream', false, 'the bytes are not those that the digest names'),
  'source-changed': row(44, 'stream', true, 'the file changed while it was read'),
  'no-space': row(45, 'stream', true, 'no space is left on the disk'),
  'permission-denied': row(46, 'stream', false, 'the server may not do that on its disk'),
  'io-error': row(47, 'stream', false, 'the disk answered with an error'),
  'too-many-streams': row(48, 'stream', true, 'more streams are open than allowed'),
  busy: row(49, 'stream', true, 'no memory for a transfer became free in time'),
  cancelled: row(50, 'stream', false, 'the client cancelled'),
} as const satisfies Record<string, ErrorRow>;

export type ErrorName = keyof typeof ERRORS;

const NAME_BY_NUMBER = new Map<number, ErrorName>(
  Object.entries(ERRORS).map(([name, { number }]) => [number, name as ErrorName]),
);

/** The name of a wire number; `internal` for one that is not in the table (P-8.3). */
export function errorName(number: number): ErrorName {
  return NAME_BY_NUMBER.get(number) ?? 'internal';
}

/**
 * The base of every error that Sluice throws on purpose. `code` is stable and meant for programs, `message` says
 * what, why and what to do.
 */
export class SluiceError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** An error of the table, found here or told by the peer. */
export class ProtocolError extends SluiceError {
  declare readonly code: ErrorName;
  /** When to try again, in milliseconds from now; only with `busy` and its like. */
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorName, message: string, options?: ErrorOptions & { retryAfterMs?: number | undefined }) {
    super(code, message, options);
    this.retryAfterMs = options?.retryAfterMs;
  }

  get retryable(): boolean {
    return ERRORS[this.code].retryable;
  }

  /** False for errors that end one stream only; `either` counts by where the frame came. */
  get endsConnection(): boolean {
    return ERRORS[this.code].scope === 'connection';
  }
}
