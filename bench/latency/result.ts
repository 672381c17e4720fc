import type { Machine } from '../machine.js';
import type { Spread } from '../statistics.js';
import type { Direction, WindowSample } from './window-watch.js';

export interface LatencyResult {
  readonly bench: 'latency';
  readonly date: string;
  readonly machine: Machine;
  readonly dir: string;
  readonly rounds: number;
  /** Bytes per second, each way. */
  readonly rate: number;
  readonly races: readonly Race[];
  readonly windows: readonly Growth[];
  readonly commands: Readonly<Record<string, string>>;
  /** Who could not take part, and why. */
  readonly notes: readonly string[];
}

/** One kind of work through one round trip. */
export interface Race {
  readonly title: string;
  /** Milliseconds. */
  readonly roundTrip: number;
  readonly unit: 'MB/s' | 'files/s';
  readonly lanes: readonly Lane[];
}

export interface Lane {
  readonly name: string;
  /** How many of them it was given. */
  readonly files: number;
  /** By round. */
  readonly seconds: readonly number[];
  readonly rate: Spread;
  /** Against the bare socket, paired by round; null for itself, or without it. */
  readonly ratio: number | null;
}

/** How the credit window of one large file grew. */
export interface Growth {
  readonly roundTrip: number;
  readonly direction: Direction;
  readonly samples: readonly WindowSample[];
}
