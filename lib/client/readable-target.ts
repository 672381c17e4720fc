import { Readable } from 'node:stream';
import type { Done, DownloadTarget } from './download-target.js';

/** Hands verified bytes to a reader. A write is done when the reader wants more: that is what credit waits for. */
export class ReadableTarget implements DownloadTarget {
  readonly keeps = true;
  readonly ordered = true;
  readonly readable: Readable;
  begun = false;
  #waiting: Done[] = [];

  /** @param onLeave the reader destroyed the stream */
  constructor(onLeave: () => void) {
    this.readable = new Readable({
      read: () => this.#onRead(),
      destroy: (error, callback) => {
        onLeave();
        callback(error);
      },
    });
  }

  begin(): void {
    this.begun = true;
  }

  write(bytes: Uint8Array, _position: number, done: Done): void {
    if (this.readable.push(bytes)) done();
    else this.#waiting.push(done);
  }

  finish(): void {
    this.readable.push(null);
  }

  abort(error: Error): void {
    this.readable.destroy(error);
  }

  gone(): Promise<void> {
    return Promise.resolve();
  }

  #onRead(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const done of waiting) done();
  }
}
