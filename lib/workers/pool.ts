import process from 'node:process';
import fastq from 'fastq';
import type { Task, TaskQueue } from 'tinypool';
import { Tinypool } from 'tinypool';
import { ERRORS, ProtocolError, type ErrorName } from '../../protocol/errors.js';
import type { Failure, Reply, Request, TaskTypes } from './serve.js';

/** `processes` exists so that the two kinds of pool can be compared; chunks cross to it as copies. */
export type Runtime = 'threads' | 'processes';

export interface PoolOptions {
  /** The worker's entry file; its default export comes from `serveTasks`. */
  readonly entry: URL;
  readonly runtime: Runtime;
  /** How many threads or processes; all are started at once and stay. */
  readonly workers: number;
  /** JSON for every worker, see `workerSetup`. */
  readonly config: unknown;
  /** Shared with threads; processes can't have it. */
  readonly slab?: SharedArrayBuffer | undefined;
  /** Tasks that may wait here; further callers wait in order outside. Default 4,096. */
  readonly queueLimit?: number | undefined;
}

/** Two tasks are with a worker at a time, so that it never idles while the main thread turns around. */
const TASKS_PER_WORKER = 2;
const DEFAULT_QUEUE_LIMIT = 4_096;

const PRELOAD = siblingModule('preload', import.meta.url).href;

interface Job {
  readonly request: Request;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** tinypool workers behind a bounded queue, with types. Tasks start in the order they came. */
export class Pool<T extends TaskTypes<T>> {
  readonly runtime: Runtime;
  readonly #pool: Tinypool;
  readonly #queue: fastq.queue<Job, Reply>;
  readonly #queueLimit: number;
  /** Callers that found the queue full. Each holds its own slot or stream, which bounds them. */
  readonly #outside: Job[] = [];
  #unfinished = 0;
  #closing: Promise<void> | undefined;
  #whenIdle: (() => void) | undefined;

  constructor({ entry, runtime, workers, config, slab, queueLimit = DEFAULT_QUEUE_LIMIT }: PoolOptions) {
    this.runtime = runtime;
    this.#queueLimit = queueLimit;
    this.#pool = new Tinypool({
      filename: entry.href,
      runtime: runtime === 'threads' ? 'worker_threads' : 'child_process',
      minThreads: workers,
      maxThreads: workers,
      concurrentTasksPerWorker: TASKS_PER_WORKER,
      // Used only while a worker that died is replaced: our own queue admits no more than the workers take.
      maxQueue: workers * TASKS_PER_WORKER,
      taskQueue: new OwnQueue(),
      argv: [JSON.stringify(config)],
      // Threads take no flags of V8, which the process may have been started with.
      execArgv: [...(runtime === 'threads' ? [] : process.execArgv), '--import', PRELOAD],
      // A file descriptor opened in one thread is used and closed in others.
      trackUnmanagedFds: false,
      ...(runtime === 'threads' ? { workerData: { slab } } : { serialization: 'advanced', env: workerEnvironment() }),
    });
    // The death of an idle worker; the pool replaces it. Without a listener it would be an uncaught exception.
    this.#pool.on('error', () => undefined);
    this.#queue = fastq((job: Job, done: fastq.done<Reply>) => {
      this.#pool.run(job.request).then(
        (reply: Reply) => done(null, reply),
        (error: unknown) => done(error as Error),
      );
    }, workers * TASKS_PER_WORKER);
  }

  /** Tasks that were asked for and have not settled. */
  get unfinished(): number {
    return this.#unfinished;
  }

  /**
   * Carries out one task in some worker.
   * @throws {ProtocolError} the task's own error; `shutting-down` after `close`; `internal` when the worker died
   */
  run<K extends keyof T & string>(name: K, input: T[K]['input']): Promise<T[K]['output']> {
    if (this.#closing !== undefined) return Promise.reject(new ProtocolError('shutting-down', 'the store is closed'));
    this.#unfinished++;
    return new Promise((resolve, reject) => {
      const job: Job = { request: { name, input }, resolve, reject };
      if (this.#queue.length() < this.#queueLimit) this.#push(job);
      else this.#outside.push(job);
    });
  }

  #push(job: Job): void {
    this.#queue.push(job, (error, reply) => {
      this.#unfinished--;
      const next = this.#outside.shift();
      if (next !== undefined) this.#push(next);
      if (error !== null)
        job.reject(new ProtocolError('internal', `a worker died: ${error.message}`, { cause: error }));
      else if ('failure' in reply!) job.reject(fromFailure(reply.failure));
      else job.resolve(reply!.value);
      if (this.#unfinished === 0) this.#whenIdle?.();
    });
  }

  /** Waits for every task that was asked for, then ends the workers. Safe more than once. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    if (this.#unfinished > 0) await new Promise<void>((resolve) => (this.#whenIdle = resolve));
    await this.#pool.destroy();
  }
}

/** Turns what came from a worker into the error it was. */
export function fromFailure({ code, message }: Failure): ProtocolError {
  return new ProtocolError(code in ERRORS ? (code as ErrorName) : 'internal', message);
}

/** Of processes. Certificates are of no use to them, and Node reads the file of them at each start: 40 ms of 120. */
function workerEnvironment(): Record<string, string> {
  const environment = { ...process.env } as Record<string, string>;
  delete environment['NODE_EXTRA_CA_CERTS'];
  return environment;
}

/** tinypool's default queue is one object for all pools of the process: one pool's end would end another's tasks. */
class OwnQueue implements TaskQueue {
  readonly #tasks: Task[] = [];

  get size(): number {
    return this.#tasks.length;
  }

  shift(): Task | null {
    return this.#tasks.shift() ?? null;
  }

  push(task: Task): void {
    this.#tasks.push(task);
  }

  remove(task: Task): void {
    const index = this.#tasks.indexOf(task);
    if (index !== -1) this.#tasks.splice(index, 1);
  }

  cancel(): void {
    for (const task of this.#tasks.splice(0)) task.cancel();
  }
}

/**
 * A file beside the caller's, with the same extension: `.ts` where TypeScript is run as it stands, `.js` when built.
 * @param base the caller's `import.meta.url`
 */
export function siblingModule(name: string, base: string): URL {
  return new URL(`./${name}${base.slice(base.lastIndexOf('.'))}`, base);
}
