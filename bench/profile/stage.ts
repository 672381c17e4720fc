import { CHUNK_SIZE } from '../../protocol/limits.js';
import { Slab } from '../../lib/workers/slab.js';
import type { Workspace } from '../workspace.js';

/** What all stages work on, so that their costs can be added up. */
export interface Load {
  /** Bytes of the large file, whole chunks. */
  readonly size: number;
  /** How many small files. */
  readonly files: number;
  /** Bytes of each. */
  readonly fileSize: number;
}

/** Where stages find files and memory. */
export interface Lab extends Load {
  readonly workspace: Workspace;
  /** The large file, and the folder of small ones. */
  readonly source: string;
  readonly tree: string;
  readonly slots: ColdSlots;
}

/** One stage of the hot path, to be measured alone. */
export interface Stage {
  readonly name: string;
  /** What its cost is counted by: a GiB of the large file, or one small file. */
  readonly per: 'GiB' | 'file';
  /** Calls to a worker for each of these, where the stage is such calls. */
  readonly calls?: number;
  open(lab: Lab): Promise<Rig> | Rig;
}

/** A stage that is ready to run. */
export interface Rig {
  /** Carries the stage out for the whole large file, or for all small ones. */
  run(): void | Promise<void>;
  /** Removes what a run left behind; not measured. */
  clear?(): void;
  close?(): void | Promise<void>;
}

/** So much memory goes by before the same slot comes again: more than the processor's caches hold. */
const COLD = 64;

/** Chunks of memory in rotation, as content meets them in real life: not in the cache. */
export class ColdSlots {
  readonly slots: readonly Uint8Array[];
  #next = 0;

  constructor() {
    this.slots = new Slab(COLD).slots.map(({ bytes }) => bytes.fill(0x5a));
  }

  next(): Uint8Array {
    const slot = this.slots[this.#next]!;
    this.#next = (this.#next + 1) % COLD;
    return slot;
  }
}

/** Calls `work` for every chunk of the large file, with its place in it (bytes). */
export function eachChunk({ size }: Load, work: (position: number) => void): void {
  for (let position = 0; position < size; position += CHUNK_SIZE) work(position);
}
