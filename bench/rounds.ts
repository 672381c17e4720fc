import type { Child } from './child.js';
import { cpuSeconds, watchMemory } from './process-usage.js';

/** One of the things that a benchmark compares: a server and a client, each in its own process. */
export interface Side {
  readonly name: string;
  /** Names of the sides that this one is compared with; those that don't take part are left out. */
  readonly rivals?: readonly string[];
  /** Null where a command talks to nobody. */
  readonly server: Child | null;
  readonly client: Child;
  readonly commands?: Commands;
  /** @returns seconds, by the client's own clock, from the start to the last byte acknowledged or written */
  transfer(): Promise<number>;
  /** Throws unless what arrived is what was sent. */
  verify(): void;
  /** Removes what arrived, so that no transfer replaces a file and no disk fills up. */
  clear(): Promise<void>;
}

/** What a person would type to have the same; what runs in a library has none. */
export interface Commands {
  readonly server?: string;
  readonly client?: string;
}

/** One transfer. CPU seconds and memory (bytes, the most at one time) are undefined where the system doesn't tell. */
export interface Sample {
  readonly seconds: number;
  readonly serverCpu: number | undefined;
  readonly clientCpu: number | undefined;
  readonly serverMemory: number | undefined;
  readonly clientMemory: number | undefined;
}

/**
 * Runs the sides in turn, A B C A B C…, after one round that doesn't count: the first touch of memory is slow on a virtual
 * machine, and code is not yet compiled. Only the transfer itself is timed.
 * @returns the samples of each side, by round
 */
export async function runRounds(
  sides: readonly Side[],
  rounds: number,
  onProgress: (line: string) => void,
): Promise<Map<Side, Sample[]>> {
  const samples = new Map<Side, Sample[]>(sides.map((side) => [side, []]));
  const start = performance.now();
  for (let round = 0; round <= rounds; round++) {
    for (const [index, side] of sides.entries()) {
      const sample = await runOnce(side);
      if (round > 0) samples.get(side)!.push(sample);
      const turns = round * sides.length + index + 1;
      const left = ((performance.now() - start) / turns) * ((rounds + 1) * sides.length - turns);
      const name = round === 0 ? 'warm-up' : `round ${round}/${rounds}`;
      onProgress(`${name}  ${side.name}  ${sample.seconds.toFixed(3)} s  (${duration(left)} left)`);
    }
  }
  return samples;
}

async function runOnce(side: Side): Promise<Sample> {
  const server = side.server === null ? undefined : cpuSeconds(side.server);
  const client = cpuSeconds(side.client);
  const memory = watchMemory([side.server, side.client]);
  let seconds: number;
  let peaks: readonly (number | undefined)[];
  try {
    seconds = await side.transfer();
  } finally {
    peaks = memory.stop();
  }
  const sample = {
    seconds,
    serverCpu: difference(server, side.server === null ? undefined : cpuSeconds(side.server)),
    clientCpu: difference(client, cpuSeconds(side.client)),
    serverMemory: peaks[0],
    clientMemory: peaks[1],
  };
  side.verify();
  await side.clear();
  return sample;
}

function difference(before: number | undefined, after: number | undefined): number | undefined {
  return before === undefined || after === undefined ? undefined : after - before;
}

function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
