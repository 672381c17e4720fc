import fastq from 'fastq';
import { ProtocolError } from '../../../protocol/errors.js';
import type { Algorithm } from '../../../protocol/algorithms.js';
import type { HashOptions, PlainDigest } from '../store.js';
import type { Lanes } from './lanes.js';

/** Digests that take turns in one worker; more wait. */
const JOBS_PER_LANE = 8;

interface Job {
  readonly path: string;
  readonly algorithm: Algorithm;
  readonly options: HashOptions;
}

/**
 * Whole-file digests (P-7.9 HASH). A file is digested in slices of a few MiB, each a task of its own: several digests share a worker
 * fairly, and a cancel takes effect after the slice under way.
 */
export class Hashes {
  readonly #lanes: Lanes;
  readonly #queue: fastq.queueAsPromised<Job, PlainDigest>;
  /** How many digests each worker has. */
  readonly #busy: number[];
  #last = 0;
  #closing = false;

  /** @param workers for digests; each is started when the ones before it are busy */
  constructor(lanes: Lanes, workers: number) {
    this.#lanes = lanes;
    this.#busy = Array<number>(workers).fill(0);
    this.#queue = fastq.promise((job: Job) => this.#hash(job), workers * JOBS_PER_LANE);
  }

  /** @throws {ProtocolError} `cancelled`, `source-changed`, and those of opening a file */
  async run(path: string, algorithm: Algorithm, options: HashOptions): Promise<PlainDigest> {
    const { signal } = options;
    refuseAborted(signal);
    // Whoever waits in the queue is answered at once; its place is passed over when its turn comes.
    let cancel: (() => void) | undefined;
    const aborted = new Promise<never>((_, reject) => {
      cancel = () => reject(cancelled());
      signal.addEventListener('abort', cancel, { once: true });
    });
    try {
      return await Promise.race([this.#queue.push({ path, algorithm, options }), aborted]);
    } finally {
      signal.removeEventListener('abort', cancel!);
    }
  }

  /** Ends all digests with `shutting-down`. */
  async close(): Promise<void> {
    this.#closing = true;
    await this.#queue.drained();
  }

  async #hash({ path, algorithm, options: { signal, onProgress } }: Job): Promise<PlainDigest> {
    refuseAborted(signal);
    this.#refuseClosed();
    const index = this.#busy.indexOf(Math.min(...this.#busy));
    const lane = this.#lanes.slow(index);
    const job = ++this.#last;
    this.#busy[index]!++;
    try {
      for (;;) {
        const hashed = await lane.run('hashSlice', { job, path, algorithm });
        if ('digest' in hashed) return { ...hashed, digest: Buffer.from(hashed.digest, 'latin1') };
        try {
          refuseAborted(signal);
          this.#refuseClosed();
        } catch (error) {
          await lane.run('dropHash', job);
          throw error;
        }
        onProgress?.(hashed.done);
      }
    } finally {
      this.#busy[index]!--;
    }
  }

  #refuseClosed(): void {
    if (this.#closing) throw new ProtocolError('shutting-down', 'the store is closed');
  }
}

const cancelled = (): ProtocolError => new ProtocolError('cancelled', 'the digest was cancelled');

function refuseAborted(signal: AbortSignal): void {
  if (signal.aborted) throw cancelled();
}
