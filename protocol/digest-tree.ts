import type { Algorithm } from './algorithms.js';
import { CHUNK_SIZE, DIGEST_SIZE } from './limits.js';

/** A hash function. Passed in: this folder does no hashing. */
export interface Hash {
  /** The digest (32 bytes) of some bytes behind `prefix`, in one call: for small inputs the calls cost more than the hashing. */
  digest(prefix: Uint8Array, bytes: Uint8Array): Uint8Array;
  /** For input that comes in pieces. Any number may be under way at once. */
  begin(): Hasher;
}

/** A hash function in use: `update` any number of times, then `digest` once. */
export interface Hasher {
  update(bytes: Uint8Array): Hasher;
  /** 32 bytes. */
  digest(): Uint8Array;
}

const ALGORITHM_BYTE: Record<Algorithm, number> = { sha256: 1, blake3: 2 };
const LEAF_PREFIX = Uint8Array.of(0x00);
const LABEL = new TextEncoder().encode('sluice1');

/** P-6.2: the digest of one chunk. */
export function leafDigest(hash: Hash, chunk: Uint8Array): Uint8Array {
  return hash.digest(LEAF_PREFIX, chunk);
}

/** Bytes of input: BLAKE3 takes whole subtrees at a time, if it was given a multiple of this before. */
const STEP = 16_384;

/** P-6.2: the digest of one chunk whose bytes come by and by; as they do, they are still in the cache. */
export class LeafHasher {
  readonly #hasher: Hasher;
  /** Bytes of the chunk that are digested. */
  #done = 0;

  constructor(hash: Hash) {
    this.#hasher = hash.begin().update(LEAF_PREFIX);
  }

  /** @param bytes the chunk, of which the first `filled` bytes are there. The same each time */
  advance(bytes: Uint8Array, filled: number): void {
    const end = filled - ((filled + LEAF_PREFIX.length) % STEP);
    if (end <= this.#done) return;
    this.#hasher.update(bytes.subarray(this.#done, end));
    this.#done = end;
  }

  /** @param bytes the chunk, all of it */
  digest(bytes: Uint8Array): Uint8Array {
    return this.#hasher.update(bytes.subarray(this.#done)).digest();
  }
}

/** P-6.2: what stands before the leaves in the root's input, 21 bytes. `size` in bytes, of the whole file. */
export function rootPrefix(algorithm: Algorithm, size: number): Uint8Array {
  const prefix = new Uint8Array(1 + LABEL.length + 1 + 8 + 4);
  const view = new DataView(prefix.buffer);
  prefix[0] = 0x01;
  prefix.set(LABEL, 1);
  prefix[8] = ALGORITHM_BYTE[algorithm];
  view.setUint32(9, Math.floor(size / 0x1_0000_0000));
  view.setUint32(13, size >>> 0);
  view.setUint32(17, CHUNK_SIZE);
  return prefix;
}

/**
 * P-6.2: the digest of a whole file.
 * @param leaves all leaf digests in order, 32 bytes each, in one piece or in any number
 */
export function rootDigest(
  hash: Hash,
  algorithm: Algorithm,
  size: number,
  leaves: Uint8Array | Iterable<Uint8Array>,
): Uint8Array {
  const prefix = rootPrefix(algorithm, size);
  if (leaves instanceof Uint8Array) return hash.digest(prefix, leaves);
  const hasher = hash.begin().update(prefix);
  for (const piece of leaves) hasher.update(piece);
  return hasher.digest();
}

/** Leaf digests in memory, at most 32 bytes per MiB of the file; they may come in any order. */
export class LeafList {
  /** Begins with one: most files are small. */
  #bytes = new Uint8Array(DIGEST_SIZE);
  #count = 0;

  /** One more than the greatest index set. */
  get count(): number {
    return this.#count;
  }

  set(index: number, leaf: Uint8Array): void {
    const begin = index * DIGEST_SIZE;
    if (begin + DIGEST_SIZE > this.#bytes.length) {
      const wider = new Uint8Array(Math.max(4 * this.#bytes.length, begin + DIGEST_SIZE));
      wider.set(this.#bytes);
      this.#bytes = wider;
    }
    this.#bytes.set(leaf, begin);
    this.#count = Math.max(this.#count, index + 1);
  }

  /** All leaves in order, as one view. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#count * DIGEST_SIZE);
  }
}
