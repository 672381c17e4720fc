import type { Slab } from '../../workers/slab.js';
import { Passage } from '../../workers/passage.js';
import { Pool, siblingModule, type Runtime } from '../../workers/pool.js';
import type { DiskTasks, WorkerConfig } from './tasks.js';

export type DiskPool = Pool<DiskTasks>;

/** A slow fsync holds a worker for as long as the disk likes. */
const SYNC_WORKERS = 2;

/**
 * The store's workers. The data lane moves bytes; what may take long has lanes of its own, made at first use, so that it
 * never holds up data.
 */
export class Lanes {
  readonly runtime: Runtime;
  readonly data: DiskPool;
  /** For chunks, where workers are processes. */
  readonly passage: Passage | undefined;
  readonly #make: (workers: number) => DiskPool;
  #sync: DiskPool | undefined;
  readonly #slow: DiskPool[] = [];

  constructor(
    runtime: Runtime,
    workers: number,
    config: Omit<WorkerConfig, 'passageFd'>,
    slab: Slab,
    queueLimit: number | undefined,
  ) {
    this.runtime = runtime;
    this.passage = runtime === 'processes' ? Passage.open(workers) : undefined;
    const passageFd = this.passage?.fd ?? -1;
    this.#make = (count) =>
      new Pool<DiskTasks>({
        entry: siblingModule('worker', import.meta.url),
        runtime,
        workers: count,
        config: { ...config, passageFd },
        slab: slab.buffer,
        queueLimit,
      });
    this.data = this.#make(workers);
  }

  /** For whatever waits for the disk itself. */
  get sync(): DiskPool {
    return (this.#sync ??= this.#make(SYNC_WORKERS));
  }

  /** Where an operation that has to be durable, or doesn't, is to run. */
  for(durable: boolean): DiskPool {
    return durable ? this.sync : this.data;
  }

  /**
   * For what takes long to read: whole-file digests, the names of huge folders. Lanes of one worker each, as a digest
   * under way lives in the worker that began it.
   */
  slow(index: number): DiskPool {
    return (this.#slow[index] ??= this.#make(1));
  }

  /** Waits for all tasks and ends all workers. */
  async close(): Promise<void> {
    const pools = [this.data, this.#sync, ...this.#slow].filter((pool) => pool !== undefined);
    await Promise.all(pools.map((pool) => pool.close()));
    this.passage?.close();
  }
}
