import { availableParallelism, cpus, release, totalmem } from 'node:os';
import process from 'node:process';

export interface Machine {
  readonly node: string;
  readonly system: string;
  readonly cpu: string;
  readonly cores: number;
  /** Bytes. */
  readonly memory: number;
}

/** Where the numbers come from: without it they mean nothing. */
export function describeMachine(): Machine {
  return {
    node: process.version,
    system: `${process.platform} ${release()} ${process.arch}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memory: totalmem(),
  };
}
