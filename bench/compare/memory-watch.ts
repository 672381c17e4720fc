import { readFileSync } from 'node:fs';

/** Milliseconds between two looks, or longer, so that looking takes no more than a fiftieth of one core. */
const SHORTEST_PAUSE = 20;
const PAUSE_PER_LOOK = 50;

/**
 * Bytes of memory that processes have now, together: the anonymous memory of each, and the mapped files once, those of the process that
 * has the most, for all of them map the same program. Where nothing is forked without exec this is what the proportional set
 * size (PSS) adds up to, at a hundredth of its cost. A slab shared by threads is in one process, so it counts once.
 */
export function memoryOf(pids: readonly number[]): number | undefined {
  let own = 0;
  let files = 0;
  for (const pid of pids) {
    let status: string;
    try {
      status = readFileSync(`/proc/${pid}/status`, 'latin1');
    } catch {
      continue;
    }
    const bytes = (name: string): number =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0) * 1024;
    own += bytes('RssAnon') + bytes('RssShmem');
    files = Math.max(files, bytes('RssFile'));
  }
  return own + files === 0 ? undefined : own + files;
}

export interface Peaks {
  readonly server: number | undefined;
  readonly clients: number | undefined;
}

/** Watches the most memory that the two ends had; what lives for less than a look is missed. */
export class MemoryWatch {
  readonly #server: readonly number[];
  readonly #clients: readonly number[];
  readonly #limit: number;
  readonly #onLimit: () => void;
  #peaks: Peaks = { server: undefined, clients: undefined };
  #timer: NodeJS.Timeout | undefined;

  /** @param onLimit called once both ends together have more than `limit` bytes, perhaps several times */
  constructor(pids: { server: readonly number[]; clients: readonly number[] }, limit: number, onLimit: () => void) {
    this.#server = pids.server;
    this.#clients = pids.clients;
    this.#limit = limit;
    this.#onLimit = onLimit;
    this.#lookAgain();
  }

  stop(): Peaks {
    clearTimeout(this.#timer);
    this.#look();
    return this.#peaks;
  }

  #lookAgain(): void {
    const start = performance.now();
    this.#look();
    const pause = Math.max(SHORTEST_PAUSE, (performance.now() - start) * PAUSE_PER_LOOK);
    this.#timer = setTimeout(() => this.#lookAgain(), pause);
  }

  #look(): void {
    const server = memoryOf(this.#server);
    const clients = memoryOf(this.#clients);
    this.#peaks = { server: greater(this.#peaks.server, server), clients: greater(this.#peaks.clients, clients) };
    if ((server ?? 0) + (clients ?? 0) > this.#limit) this.#onLimit();
  }
}

function greater(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.max(one, other);
}
