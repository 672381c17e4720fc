import { randomBytes } from 'node:crypto';
import { closeSync, constants, existsSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { CHUNK_SIZE } from '../../protocol/limits.js';

/** Files here are memory, which every process can reach. */
const MEMORY = '/dev/shm';
const PLACES_PER_WORKER = 8;
const MOST_PLACES = 64;

/**
 * Where chunks pass to worker processes and back, which can't share the slab: a file in memory that has no name any more. A copy in and a copy
 * out cost a tenth of a message of that size, for which both ends must make new memory each time.
 */
export class Passage {
  readonly fd: number;
  readonly #free: number[];
  /** In the order of asking. */
  readonly #waiting: { readonly most: number; readonly resolve: (places: number[]) => void }[] = [];

  private constructor(fd: number, places: number) {
    this.fd = fd;
    this.#free = Array.from({ length: places }, (_, index) => index);
  }

  /** @returns undefined where there is no such memory, or not enough of it; chunks go as messages then */
  static open(workers: number): Passage | undefined {
    if (!existsSync(MEMORY) || !existsSync('/proc/self/fd')) return undefined;
    const places = Math.min(workers * PLACES_PER_WORKER, MOST_PLACES);
    let fd: number | undefined;
    try {
      const name = `${MEMORY}/sluice-${randomBytes(16).toString('hex')}`;
      fd = openSync(name, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600);
      unlinkSync(name);
      const passage = new Passage(fd, places);
      // All of it now: a write that finds no room later would be a chunk lost.
      const nothing = Buffer.alloc(CHUNK_SIZE);
      for (let place = 0; place < places; place++) passage.write(place, nothing);
      return passage;
    } catch {
      if (fd !== undefined) closeSync(fd);
      return undefined;
    }
  }

  /**
   * Places of CHUNK_SIZE bytes for the caller alone, from one to `most` of them, as soon as any are free. Each is to be given back when no
   * worker uses it any more; whoever has some must not wait for others, or all could wait for each other.
   */
  take(most: number): Promise<number[]> {
    return new Promise((resolve) => {
      this.#waiting.push({ most, resolve });
      this.#serve();
    });
  }

  give(places: readonly number[]): void {
    this.#free.push(...places);
    this.#serve();
  }

  #serve(): void {
    while (this.#free.length > 0) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      // What came back last is still in the cache.
      next.resolve(this.#free.splice(-next.most));
    }
  }

  write(place: number, bytes: Uint8Array): void {
    pass(writeSync, this.fd, place, bytes);
  }

  read(place: number, bytes: Uint8Array): void {
    pass(readSync, this.fd, place, bytes);
  }

  close(): void {
    closeSync(this.fd);
  }
}

/** Moves all of `bytes` from or to a place. @throws {Error} of the system */
export function pass(
  move: (fd: number, bytes: Uint8Array, offset: number, length: number, position: number) => number,
  fd: number,
  place: number,
  bytes: Uint8Array,
): void {
  for (let done = 0; done < bytes.length;) {
    const moved = move(fd, bytes, done, bytes.length - done, place * CHUNK_SIZE + done);
    if (moved === 0) throw new Error('the memory that is shared with worker processes ends too early');
    done += moved;
  }
}
