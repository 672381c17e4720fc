export const DEFAULT_HOST = '127.0.0.1';
/** Seconds that a server told to stop lets open transfers have. */
export const DRAIN_SECONDS = 30;
