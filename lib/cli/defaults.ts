export const DEFAULT_HOST = '127.0.0.1';
/** Seconds without progress before a client gives up. */
export const DEFAULT_TIMEOUT = 30;
/** Seconds that a server told to stop lets open transfers have. */
export const DRAIN_SECONDS = 30;
