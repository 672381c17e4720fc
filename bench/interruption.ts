import process from 'node:process';
import { setTimeout } from 'node:timers/promises';

/** Milliseconds for what is still to be done. */
const PATIENCE = 10_000;

const duties = new Set<() => Promise<void>>();
let isLeaving = false;

/** An interrupted program first does its duties, then exits: that stops servers and removes folders. Whoever interrupts twice doesn't wait. */
export function exitWhenInterrupted(): void {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    process.on(signal, () => void leave(code));
  }
}

async function leave(code: number): Promise<void> {
  if (isLeaving) process.exit(code);
  isLeaving = true;
  await Promise.race([Promise.allSettled([...duties].map((duty) => duty())), setTimeout(PATIENCE)]);
  process.exit(code);
}

/** @returns takes the duty back */
export function whenInterrupted(duty: () => Promise<void>): () => void {
  duties.add(duty);
  return () => duties.delete(duty);
}

/** Never, once the program is leaving: what its duties have torn down must not be taken for a result. */
export function notLeaving(): Promise<void> {
  return isLeaving ? new Promise(() => undefined) : Promise.resolve();
}
