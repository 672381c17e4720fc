import { createHash } from 'node:crypto';
import type { Done, DownloadTarget } from '../download-target.js';

/** The digest of content that comes in order. As a download's target it keeps nothing else of it. */
export class ContentDigest implements DownloadTarget {
  readonly keeps = false;
  readonly ordered = true;
  /** Bytes. */
  size = 0;
  readonly #hash = createHash('sha256');

  add(bytes: Uint8Array): void {
    this.size += bytes.length;
    this.#hash.update(bytes);
  }

  /** Of what was added so far. */
  get hex(): string {
    return this.#hash.copy().digest('hex');
  }

  begin(): void {
    // Nothing to open.
  }

  write(bytes: Uint8Array, _position: number, done: Done): void {
    this.add(bytes);
    done();
  }

  finish(): void {
    // See `hex`.
  }

  abort(): void {
    // It is never looked at.
  }

  gone(): Promise<void> {
    return Promise.resolve();
  }
}
