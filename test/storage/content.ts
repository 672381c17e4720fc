import { createHash } from 'node:crypto';

/** The same bytes for the same arguments, different for others. `size` in bytes. */
export function contentOf(size: number, seed = 1): Buffer {
  const block = createHash('shake256', { outputLength: 4_099 }).update(`content ${seed}`).digest();
  return Buffer.alloc(size, block);
}
