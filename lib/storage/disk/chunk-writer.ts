import { fromFailure } from '../../workers/pool.js';
import type { Region } from '../store.js';
import { carry, carryBy } from './carry.js';
import type { Lanes } from './lanes.js';
import type { ChunkOutcome, WriteChunks } from './tasks.js';

/** One worker call stays short: its slots are only free again at its end. */
const BATCH_CHUNKS = 4;

interface Waiting {
  readonly chunk: number;
  readonly content: Region;
  readonly leaf: string | null;
  readonly resolve: (leaf: string | null) => void;
  readonly reject: (error: Error) => void;
}

/**
 * The chunks of one upload on their way to the workers: one call at a time, with all that gathered meanwhile. Two workers that write one
 * file only wait for each other, in the kernel, on the lock of its inode; and the fewer calls, the less of their cost.
 */
export class ChunkWriter {
  readonly #lanes: Lanes;
  readonly #target: Omit<WriteChunks, 'chunks'>;
  #waiting: Waiting[] = [];
  #busy = false;

  constructor(lanes: Lanes, target: Omit<WriteChunks, 'chunks'>) {
    this.#lanes = lanes;
    this.#target = target;
  }

  /**
   * @param leaf as digestText gives it; null when none is named
   * @returns the chunk's leaf; null when it isn't the one named, and nothing was written
   */
  write(chunk: number, content: Region, leaf: string | null): Promise<string | null> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ chunk, content, leaf, resolve, reject });
      this.#next();
    });
  }

  #next(): void {
    if (!this.#busy && this.#waiting.length > 0) void this.#call();
  }

  async #call(): Promise<void> {
    this.#busy = true;
    const { runtime, passage, data } = this.#lanes;
    // To processes go as many at a time as there are places for: a chunk as a message costs ten times as much.
    const places = passage === undefined ? [] : await passage.take(Math.min(BATCH_CHUNKS, this.#waiting.length));
    const batch = this.#waiting.splice(0, passage === undefined ? BATCH_CHUNKS : places.length);
    try {
      const chunks = batch.map(({ chunk, content, leaf }, index) => ({
        chunk,
        content: passage === undefined ? carry(runtime, content) : carryBy(passage, places[index]!, content),
        leaf,
      }));
      const outcomes = await data.run('writeChunks', { ...this.#target, chunks });
      for (const [index, { resolve, reject }] of batch.entries()) settle(outcomes[index]!, resolve, reject);
    } catch (error) {
      for (const { reject } of batch) reject(error as Error);
    } finally {
      passage?.give(places);
      this.#busy = false;
      this.#next();
    }
  }
}

function settle(outcome: ChunkOutcome, resolve: Waiting['resolve'], reject: Waiting['reject']): void {
  if (outcome === null || typeof outcome === 'string') resolve(outcome);
  else reject(fromFailure(outcome.failure));
}
