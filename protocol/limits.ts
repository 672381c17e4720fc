/** Every fixed number of docs/protocol.md in one place. Sizes are bytes, times milliseconds. */

export const PROTOCOL_VERSION = 1;
export const DEFAULT_PORT = 45_000;

/** P-6.1: fixed in version 1, so that a digest means the same everywhere. */
export const CHUNK_SIZE = 1_048_576;
/** P-6.2: both algorithms give 32 bytes. */
export const DIGEST_SIZE = 32;

/** P-2.1. */
export const HEADER_SIZE = 20;
/** P-2.2. */
export const MAX_META = 32_768;
/** P-2.2: also what is taken before a fragment size is negotiated. */
export const DEFAULT_FRAGMENT = 262_144;
/** P-3.1. */
export const MIN_FRAGMENT = 4_096;
export const MAX_FRAGMENT = CHUNK_SIZE;

/** P-2.8. */
export const MAX_MESSAGE_DEPTH = 8;
export const MAX_MESSAGE_ELEMENTS = 8_192;

/** P-4.1. */
export const MAX_STREAM_ID = 0x7fff_ffff;
/** P-4.4: what this implementation's server announces. */
export const DEFAULT_STREAMS = 128;

/** P-6.5. */
export const MAX_ACK_PAIRS = 1_024;
/** P-6.6. */
export const MAX_DIGEST_REFUSALS = 8;

/** P-7.1, in bytes of UTF-8. */
export const MAX_COMPONENT = 255;
export const MAX_PATH = 4_096;

/** P-1.5. */
export const HANDSHAKE_TIMEOUT = 10_000;
/** P-8.2. */
export const LAST_WORDS_TIMEOUT = 5_000;
export const LAST_WORDS_BYTES = 16 * 1_048_576;
/** P-9.2. */
export const PROGRESS_INTERVAL = 5_000;
/** P-9.5. */
export const MAX_CONTROL_BACKLOG = 1_048_576;
/** P-9.6. */
export const STALLED_READER_TIMEOUT = 30_000;
export const SILENCE_BEFORE_PING = 60_000;
export const PONG_TIMEOUT = 30_000;
/** P-5.8. */
export const FLOOR_WAIT_TIMEOUT = 30_000;
export const UNUSED_GRANT_TIMEOUT = 2_000;
