import { ProtocolError } from '../../../protocol/errors.js';
import { fromFailure } from '../../workers/pool.js';
import type { PathQueue } from '../path-queue.js';
import type { EagerOptions, Published, PutOptions, Region } from '../store.js';
import { carry, digestText } from './carry.js';
import { asFailure } from './failures.js';
import type { Lanes } from './lanes.js';
import type { EagerFile, EagerOutcome } from './tasks.js';

const DEFAULT_MODE = 0o666;
export const modeOf = ({ mode }: Pick<PutOptions, 'mode'>): number => mode ?? DEFAULT_MODE;

/** Limits of one batch: one worker call stays short. */
const BATCH_FILES = 32;
const BATCH_BYTES = 4 * 1_048_576;
/** So many files, or so many bytes of them, must wait before another worker is given some too. */
const ENOUGH_FOR_ANOTHER = 128;
const BYTES_FOR_ANOTHER = 1_048_576;

interface Waiting {
  readonly options: EagerOptions;
  readonly file: EagerFile;
  readonly resolve: (published: Published | 'corrupt') => void;
  readonly reject: (error: Error) => void;
}

/**
 * Small files on their way into batches. There is no timer: while the workers are busy with some, more gather, so
 * batches grow with the load and a single file waits for nothing.
 */
export class EagerQueue {
  readonly #lanes: Lanes;
  readonly #paths: PathQueue;
  readonly #durable: boolean;
  readonly #batchesAtOnce: number;
  /** Bounded by the memory that the files' contents lie in. */
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #batches = 0;
  #scheduled = false;

  constructor(lanes: Lanes, paths: PathQueue, durable: boolean, batchesAtOnce: number) {
    this.#lanes = lanes;
    this.#paths = paths;
    this.#durable = durable;
    this.#batchesAtOnce = batchesAtOnce;
  }

  /**
   * @param options with a path that was checked
   * @returns `corrupt`: the bytes don't give the leaf; nothing was written
   */
  put(options: EagerOptions, content: Region | null): Promise<Published | 'corrupt'> {
    const { path, mtimeMs, algorithm, ifAbsent, ifMatch, leaf, root } = options;
    if (options.size !== (content?.length ?? 0) || (content === null) !== (leaf === undefined)) {
      return Promise.reject(new ProtocolError('size-mismatch', 'size, leaf and content do not fit each other'));
    }
    return new Promise((resolve, reject) => {
      const file: EagerFile = {
        path,
        mode: modeOf(options),
        mtimeMs,
        algorithm,
        ifAbsent,
        ifMatch,
        content: content && carry(this.#lanes.runtime, content),
        leaf: leaf === undefined ? '' : digestText(leaf),
        root: digestText(root),
      };
      this.#paths.enter(path, () => {
        this.#waiting.push({ options, file, resolve, reject });
        this.#waitingBytes += options.size;
        this.#schedule();
      });
    });
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    // What one read of a socket brought comes in one turn, and goes in one batch.
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#beginBatches();
    });
  }

  #beginBatches(): void {
    while (this.#mayBegin) void this.#send(this.#takeBatch());
  }

  /**
   * A second batch at a time only pays when one can't keep up: both would contend for the locks of the same folders, and small files
   * cost one worker about as much as this thread. Syncs are another matter: the disk takes many at once.
   */
  get #mayBegin(): boolean {
    if (this.#waiting.length === 0 || this.#batches >= this.#batchesAtOnce) return false;
    if (this.#batches === 0 || this.#durable) return true;
    return this.#waiting.length >= ENOUGH_FOR_ANOTHER || this.#waitingBytes >= BYTES_FOR_ANOTHER;
  }

  #takeBatch(): Waiting[] {
    let count = 0;
    let bytes = 0;
    for (; count < Math.min(BATCH_FILES, this.#waiting.length); count++) {
      const { size } = this.#waiting[count]!.options;
      if (count > 0 && bytes + size > BATCH_BYTES) break;
      bytes += size;
    }
    this.#waitingBytes -= bytes;
    return this.#waiting.splice(0, count);
  }

  async #send(batch: readonly Waiting[]): Promise<void> {
    this.#batches++;
    const outcomes = await this.#store(batch);
    this.#batches--;
    for (const { file } of batch) this.#paths.leave(file.path);
    // A worker has its next files before this thread turns to those that are done.
    this.#beginBatches();
    for (const [index, { options, resolve, reject }] of batch.entries()) {
      const outcome = outcomes[index]!;
      if (outcome === 'corrupt') resolve(outcome);
      else if ('failure' in outcome) reject(fromFailure(outcome.failure));
      else resolve({ size: options.size, ...outcome, root: options.root, durable: this.#durable });
    }
  }

  async #store(batch: readonly Waiting[]): Promise<EagerOutcome[]> {
    const durable = this.#durable;
    const files = batch.map(({ file }) => file);
    try {
      return await this.#lanes.for(durable).run('putEager', { files, durable });
    } catch (error) {
      const failure = asFailure(error);
      return files.map(() => ({ failure }));
    }
  }
}
