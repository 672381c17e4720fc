import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { asChild } from '../child.js';
import { UNBOUNDED_HEAP } from '../old/workers.js';
import type { ClientJob, ClientMessage, ClientResult } from './client-job.js';
import type { Pool } from './scenario.js';

const PROGRAM = new URL('./client-program.js', import.meta.url);

/** A process or thread in which clients run. */
interface Host {
  /** Undefined of a thread. */
  readonly pid: number | undefined;
  send(job: ClientJob): void;
  /** Of one at a time: the last one given. */
  onMessage: (message: ClientMessage) => void;
  onEnd: (reason: string) => void;
  kill(): Promise<unknown>;
}

/** A job under way. */
export interface Attempt {
  /** By client; undefined for those that have not ended. */
  readonly results: readonly (ClientResult | undefined)[];
  /** When the last one has ended. @returns bytes that crossed the sockets, both ways; null if a host died */
  readonly ended: Promise<number | null>;
}

/** Clients, spread evenly over the processes or threads that were started for them. */
export class Clients {
  readonly #hosts: readonly Host[];

  private constructor(hosts: readonly Host[]) {
    this.#hosts = hosts;
  }

  /** @returns when all are ready */
  static async start(kind: Pool, hosts: number): Promise<Clients> {
    return new Clients(
      await Promise.all(Array.from({ length: hosts }, kind === 'thread' ? startThread : startProcess)),
    );
  }

  get hosts(): number {
    return this.#hosts.length;
  }

  get pids(): number[] {
    return this.#hosts.flatMap(({ pid }) => pid ?? []);
  }

  start(job: ClientJob): Attempt {
    const results: (ClientResult | undefined)[] = job.transfers.map(() => undefined);
    const ended = this.#hosts.map((host, first) => {
      const indexes = job.transfers.map((_, index) => index).filter((index) => index % this.#hosts.length === first);
      return runOn(host, { ...job, transfers: indexes.map((index) => job.transfers[index]!) }, (index, result) => {
        results[indexes[index]!] = result;
      });
    });
    return {
      results,
      ended: Promise.all(ended).then((wireBytes) =>
        wireBytes.reduce((sum, bytes) => (sum === null || bytes === null ? null : sum + bytes), 0),
      ),
    };
  }

  async kill(): Promise<void> {
    await Promise.all(this.#hosts.map((host) => host.kill()));
  }
}

function runOn(
  host: Host,
  job: ClientJob,
  onResult: (index: number, result: ClientResult) => void,
): Promise<number | null> {
  return new Promise((resolve) => {
    const start = performance.now();
    const open = new Set(job.transfers.keys());
    host.onMessage = (message) => {
      if (message.kind === 'ended') {
        open.delete(message.index);
        onResult(message.index, message.result);
      }
      if (message.kind === 'all-ended') resolve(message.wireBytes);
    };
    host.onEnd = (reason) => {
      const seconds = (performance.now() - start) / 1000;
      for (const index of open) onResult(index, { seconds, error: `the client's process ended: ${reason}` });
      resolve(null);
    };
    host.send(job);
  });
}

async function startProcess(): Promise<Host> {
  const child = fork(fileURLToPath(PROGRAM), { execArgv: [`--max-old-space-size=${UNBOUNDED_HEAP}`] });
  const ending = asChild(child);
  const host: Host = {
    pid: ending.pid,
    // A process that has died is reported by its end.
    send: (job) => child.send(job, () => undefined),
    onMessage: () => undefined,
    onEnd: () => undefined,
    kill: () => ending.kill(),
  };
  let end: string | undefined;
  child.on('message', (message) => host.onMessage(message as ClientMessage));
  child.on('exit', (code, signal) => host.onEnd((end = signal ?? `exit code ${code ?? '?'}`)));
  await Promise.race([once(child, 'message'), once(child, 'exit')]);
  if (end !== undefined) throw new Error(`a process of clients did not start: ${end}`);
  return host;
}

async function startThread(): Promise<Host> {
  const thread = new Worker(PROGRAM, { resourceLimits: { maxOldGenerationSizeMb: UNBOUNDED_HEAP } });
  const host: Host = {
    pid: undefined,
    send: (job) => thread.postMessage(job),
    onMessage: () => undefined,
    onEnd: () => undefined,
    kill: () => thread.terminate(),
  };
  thread.on('message', (message: ClientMessage) => host.onMessage(message));
  thread.on('error', (error) => host.onEnd(error.message));
  thread.on('exit', (code) => host.onEnd(`exit code ${code}`));
  await once(thread, 'message');
  return host;
}
