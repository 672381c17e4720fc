/** Bytes. A download up to this size needs no buffer of the pool: it comes in one frame, and is written before the next is read. */
export const SMALL = 262_144;
