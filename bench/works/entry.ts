import type { Direction } from '../job.js';
import type { Peer } from '../peers/peer.js';
import type { Race } from '../result.js';
import type { Place } from '../workspace.js';

/** A race of the benchmark against others, and what it can be chosen by. */
export interface Entry {
  readonly work: string;
  /** Undefined where nothing is moved. */
  readonly direction?: Direction;
  readonly place: Place;
  readonly race: Race;
}

/** What the works are made of. */
export interface Field {
  readonly peers: readonly Peer[];
  /** 1 for the real sizes and counts, less for a quick try. */
  readonly scale: number;
}

export const DIRECTIONS: readonly Direction[] = ['put', 'get'];

export const MIB = 1024 ** 2;
export const GIB = 1024 ** 3;

/** A part of a count or a size, in whole `step`s, and at least one. */
export function scaled(amount: number, scale: number, step = 1): number {
  return Math.max(1, Math.round((amount * scale) / step)) * step;
}

/** A size for people: whole units, `1 GiB` or `51 MiB`. */
export function sizeText(bytes: number): string {
  if (bytes % GIB === 0) return `${bytes / GIB} GiB`;
  return bytes >= MIB ? `${Math.round(bytes / MIB)} MiB` : `${bytes / 1024} KiB`;
}
