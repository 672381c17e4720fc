/**
 * Bytes. A download up to this size needs no buffer of the pool when it comes in one frame: it is written, or copied, before the next is
 * read.
 */
export const SMALL = 262_144;
