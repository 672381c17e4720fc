/** Bytes. A download up to this size needs no buffer of the pool. */
export const SMALL = 65_536;
