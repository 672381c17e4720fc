/** Milliseconds; tests shorten them. */
export interface LegacyTimeouts {
  /** Quiet behind a LIST or GET that is whole but for its terminator: then it is a request. */
  readonly unterminated: number;
  /** The same for an upload, where that is allowed at all. */
  readonly unterminatedUpload: number;
  /** From a request's first byte to the end of what stands before its content. */
  readonly head: number;
  /** Quiet within a request. */
  readonly silence: number;
  /** An upload that gets no memory. The protocol has no way to say "busy" that old clients would try again for. */
  readonly memory: number;
  /** Quiet between requests. */
  readonly idle: number;
  /** A client that takes no byte of a reply. Old ones search all that they have again at each piece, and take long. */
  readonly stalled: number;
}

export const DEFAULT_LEGACY_TIMEOUTS: LegacyTimeouts = {
  unterminated: 300,
  unterminatedUpload: 2_000,
  head: 30_000,
  silence: 30_000,
  memory: 300_000,
  idle: 600_000,
  stalled: 300_000,
};
