import { setTimeout } from 'node:timers/promises';
import type { Client } from '../../lib/client/index.js';

/** Milliseconds between one answer and the next question. */
const PAUSE = 2;

/** A STAT of it is refused in the server's main thread: the way there and back, without a worker or a disk. */
const REFUSED = '..';

/**
 * Asks small questions on a connection, one at a time, for as long as a transfer runs on it.
 * @returns `times`, in milliseconds, once the last question after `stop` is answered
 */
export function watchRoundTrips(client: Client): { readonly times: Promise<number[]>; stop(): void } {
  let running = true;
  const ask = async (): Promise<number[]> => {
    const times: number[] = [];
    while (running) {
      const start = performance.now();
      await refusedStat(client);
      times.push(performance.now() - start);
      await setTimeout(PAUSE);
    }
    return times;
  };
  const times = ask();
  times.catch(() => undefined);
  return { times, stop: () => void (running = false) };
}

async function refusedStat(client: Client): Promise<void> {
  try {
    await client.stat(REFUSED);
  } catch (error) {
    if ((error as { code?: string }).code === 'bad-path') return;
    throw error;
  }
  throw new Error(`the server did not refuse the name '${REFUSED}'`);
}
