import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import type { Hasher, HasherFactory } from '../../protocol/digest-tree.js';
import type { Algorithm } from '../../protocol/messages.js';

type Blake3 = Pick<typeof import('@napi-rs/blake-hash'), 'Blake3Hasher'>;

let blake3: Blake3 | null | undefined;

/** The native BLAKE3, loaded at first use; null where it has no build for this platform. */
function loadBlake3(): Blake3 | null {
  if (blake3 === undefined) {
    try {
      blake3 = createRequire(import.meta.url)('@napi-rs/blake-hash') as Blake3;
    } catch {
      blake3 = null;
    }
  }
  return blake3;
}

class Sha256 implements Hasher {
  readonly #hash = createHash('sha256');

  update(bytes: Uint8Array): this {
    this.#hash.update(bytes);
    return this;
  }

  digest(): Uint8Array {
    return this.#hash.digest();
  }
}

/** Spent hashers wait here for their next use: making a native one costs more than the digest of a small file. */
const spent: InstanceType<Blake3['Blake3Hasher']>[] = [];

class Blake3Hasher implements Hasher {
  readonly #native: InstanceType<Blake3['Blake3Hasher']>;

  constructor(library: Blake3) {
    this.#native = spent.pop() ?? new library.Blake3Hasher();
  }

  update(bytes: Uint8Array): this {
    // Any byte array will do; only the declaration asks for a Buffer.
    this.#native.update(bytes as Buffer);
    return this;
  }

  digest(): Uint8Array {
    const digest = this.#native.digestBuffer();
    this.#native.reset();
    if (spent.length < 16) spent.push(this.#native);
    return digest;
  }
}

/** What this machine can digest with, the fastest first. SHA-256 is always there (R8). */
export function availableAlgorithms(): Algorithm[] {
  return loadBlake3() === null ? ['sha256'] : ['blake3', 'sha256'];
}

/**
 * A factory of hashers. Each hasher is independent: any number may be under way at once.
 * @throws {Error} for blake3 where `availableAlgorithms` doesn't list it
 */
export function hasherFactory(algorithm: Algorithm): HasherFactory {
  if (algorithm === 'sha256') return () => new Sha256();
  const native = loadBlake3();
  if (native === null) throw new Error('BLAKE3 is not available on this platform; use sha256');
  return () => new Blake3Hasher(native);
}
