import type { Child } from './child.js';
import { cpuSeconds } from './process-usage.js';

/** One of the things that a benchmark compares: a server and a client, each in its own process. */
export interface Side {
  readonly name: string;
  /** The side of the same kind of work that others are compared with. */
  readonly floor?: string;
  readonly server: Child;
  readonly client: Child;
  /** @returns seconds, by the client's own clock, from the start to the last byte acknowledged or written */
  transfer(): Promise<number>;
  /** Throws unless what arrived is what was sent. */
  verify(): Promise<void>;
  /** Removes what arrived, so that no transfer replaces a file and no disk fills up. */
  clear(): Promise<void>;
}

/** One transfer. CPU seconds are undefined where the system doesn't tell. */
export interface Sample {
  readonly seconds: number;
  readonly serverCpu: number | undefined;
  readonly clientCpu: number | undefined;
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
  for (let round = 0; round <= rounds; round++) {
    for (const side of sides) {
      const sample = await runOnce(side);
      if (round > 0) samples.get(side)!.push(sample);
      onProgress(
        `${round === 0 ? 'warm-up' : `round ${round}/${rounds}`}  ${side.name}  ${sample.seconds.toFixed(3)} s`,
      );
    }
  }
  return samples;
}

async function runOnce(side: Side): Promise<Sample> {
  const server = cpuSeconds(side.server.pid);
  const client = cpuSeconds(side.client.pid);
  const seconds = await side.transfer();
  const sample = {
    seconds,
    serverCpu: difference(server, cpuSeconds(side.server.pid)),
    clientCpu: difference(client, cpuSeconds(side.client.pid)),
  };
  await side.verify();
  await side.clear();
  return sample;
}

function difference(before: number | undefined, after: number | undefined): number | undefined {
  return before === undefined || after === undefined ? undefined : after - before;
}
