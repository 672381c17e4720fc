import { fromFailure } from '../../workers/pool.js';
import type { Region } from '../store.js';
import { type Carried, carryChunk } from './carry.js';
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
    if (!this.#busy && this.#waiting.length > 0) void this.#call(this.#waiting.splice(0, BATCH_CHUNKS));
  }

  async #call(batch: readonly Waiting[]): Promise<void> {
    this.#busy = true;
    const carried: Carried[] = [];
    try {
      for (const { content } of batch) carried.push(carryChunk(this.#lanes, content));
      const chunks = batch.map(({ chunk, leaf }, index) => ({ chunk, content: carried[index]!.content, leaf }));
      const outcomes = await this.#lanes.data.run('writeChunks', { ...this.#target, chunks });
      for (const [index, { resolve, reject }] of batch.entries()) settle(outcomes[index]!, resolve, reject);
    } catch (error) {
      for (const { reject } of batch) reject(error as Error);
    } finally {
      for (const { release } of carried) release();
      this.#busy = false;
      this.#next();
    }
  }
}

function settle(outcome: ChunkOutcome, resolve: Waiting['resolve'], reject: Waiting['reject']): void {
  if (outcome === null || typeof outcome === 'string') resolve(outcome);
  else reject(fromFailure(outcome.failure));
}
