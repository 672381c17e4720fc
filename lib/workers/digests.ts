import { createRequire } from 'node:module';
import type { Hash, Hasher } from '../../protocol/digest-tree.js';
import { DIGEST_SIZE } from '../../protocol/limits.js';
import type { Algorithm } from '../../protocol/algorithms.js';

type Blake3 = Pick<typeof import('@napi-rs/blake-hash'), 'Blake3Hasher' | 'blake3UrlSafeBase64'>;
type NodeCrypto = typeof import('node:crypto');
type NativeHasher = InstanceType<Blake3['Blake3Hasher']>;

/** What is loaded at its first use only. */
const load = createRequire(import.meta.url);

let nodeCrypto: NodeCrypto | undefined;

/** Without node:crypto the command starts sooner, and with BLAKE3 it needs none of it. */
const createSha256 = () => (nodeCrypto ??= load('node:crypto') as NodeCrypto).createHash('sha256');

let blake3: Blake3 | null | undefined;

/** The native BLAKE3, loaded at first use; null where it has no build for this platform. */
function loadBlake3(): Blake3 | null {
  if (blake3 === undefined) {
    try {
      blake3 = load('@napi-rs/blake-hash') as Blake3;
    } catch {
      blake3 = null;
    }
  }
  return blake3;
}

const sha256: Hash = {
  digest: (prefix, bytes) => createSha256().update(prefix).update(bytes).digest(),
  begin: () => new Sha256Hasher(),
};

class Sha256Hasher implements Hasher {
  readonly #hash = createSha256();

  update(bytes: Uint8Array): this {
    this.#hash.update(bytes);
    return this;
  }

  digest(): Uint8Array {
    return this.#hash.digest();
  }
}

/** Inputs of up to so many bytes are put together here and digested in one call. */
const ONE_CALL = 65_536 + 256;

/**
 * Digests come out of the native code as text: a Buffer made there is memory outside of V8's own, which costs more to
 * make and to collect than these 32 bytes cost to decode.
 */
class Blake3Hash implements Hash {
  readonly #native: Blake3;
  readonly #input = Buffer.allocUnsafeSlow(ONE_CALL);
  /** Spent hashers wait here for their next use: making a native one costs more than the digest of a small file. */
  readonly #spent: NativeHasher[] = [];

  constructor(native: Blake3) {
    this.#native = native;
  }

  digest(prefix: Uint8Array, bytes: Uint8Array): Uint8Array {
    const length = prefix.length + bytes.length;
    if (length > ONE_CALL) return this.begin().update(prefix).update(bytes).digest();
    this.#input.set(prefix);
    this.#input.set(bytes, prefix.length);
    return fromText(this.#native.blake3UrlSafeBase64(this.#input.subarray(0, length)), 'base64url');
  }

  begin(): Hasher {
    return new Blake3Hasher(this.#spent.pop() ?? new this.#native.Blake3Hasher(), (native) => {
      native.reset();
      if (this.#spent.length < 16) this.#spent.push(native);
    });
  }
}

class Blake3Hasher implements Hasher {
  readonly #native: NativeHasher;
  readonly #onSpent: (native: NativeHasher) => void;

  constructor(native: NativeHasher, onSpent: (native: NativeHasher) => void) {
    this.#native = native;
    this.#onSpent = onSpent;
  }

  update(bytes: Uint8Array): this {
    // Any byte array will do; only the declaration asks for a Buffer.
    this.#native.update(bytes as Buffer);
    return this;
  }

  digest(): Uint8Array {
    const digest = fromText(this.#native.digest('hex'), 'hex');
    this.#onSpent(this.#native);
    return digest;
  }
}

const decoded = Buffer.allocUnsafeSlow(DIGEST_SIZE);

function fromText(text: string, encoding: 'hex' | 'base64url'): Uint8Array {
  decoded.write(text, encoding);
  return new Uint8Array(decoded);
}

/** What this machine can digest with, the fastest first. SHA-256 is always there (R8). */
export function availableAlgorithms(): Algorithm[] {
  return loadBlake3() === null ? ['sha256'] : ['blake3', 'sha256'];
}

let blake3Hash: Hash | undefined;

/** @throws {Error} for blake3 where `availableAlgorithms` doesn't list it */
export function hashOf(algorithm: Algorithm): Hash {
  if (algorithm === 'sha256') return sha256;
  const native = loadBlake3();
  if (native === null) throw new Error('BLAKE3 is not available on this platform; use sha256');
  return (blake3Hash ??= new Blake3Hash(native));
}
