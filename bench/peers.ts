import { tmpdir } from 'node:os';
import type { Direction } from './job.js';
import { describeMachine, type Machine } from './machine.js';
import { PEERS } from './peers/index.js';
import { chosenSides, compare, type Result } from './result.js';
import { hasMemoryDisk, type Place, warmMemory } from './workspace.js';
import { allEntries } from './works/index.js';

export interface PeersOptions {
  readonly rounds: number;
  /** Names of sides, or parts of them; all when empty. */
  readonly only: readonly string[];
  readonly works: readonly string[];
  readonly directions: readonly Direction[];
  readonly places: readonly Place[];
  /** Names of servers to compare with. */
  readonly peers: readonly string[];
  readonly scale: number;
  /** Where to work in memory; default: /dev/shm. */
  readonly dir?: string;
  /** Where to work on a disk; default: where temporary files go. */
  readonly diskDir?: string;
  readonly onProgress: (line: string) => void;
}

export interface PeersResult {
  readonly bench: 'peers';
  readonly date: string;
  readonly machine: Machine;
  /** Who didn't take part and why, and what failed. */
  readonly notes: readonly string[];
  readonly hasFailed: boolean;
  readonly results: readonly Result[];
}

/** This project against what a user would pick instead: same files, same machine, in turns. */
export async function peers(options: PeersOptions): Promise<PeersResult> {
  const { onProgress, rounds, only } = options;
  const notes: string[] = [];
  const note = (line: string): void => {
    notes.push(line);
    onProgress(line);
  };
  const present = PEERS.filter((peer) => {
    if (!options.peers.includes(peer.name)) return false;
    const reason = peer.missing();
    if (reason !== undefined) note(`${peer.name} does not take part: ${reason}`);
    return reason === undefined;
  });
  const entries = allEntries({ peers: present, scale: options.scale }).filter(
    ({ work, direction, place, race }) =>
      options.works.includes(work) &&
      (direction === undefined || options.directions.includes(direction)) &&
      options.places.includes(place) &&
      chosenSides(race, only).length > 0,
  );
  if (entries.length === 0) throw new Error('no side of these works is named so');

  const inMemory = entries.filter(({ place }) => place === 'memory');
  if (inMemory.length > 0 && options.dir === undefined && (await hasMemoryDisk())) {
    onProgress('warming memory');
    await warmMemory(Math.max(...inMemory.map(({ race }) => race.room)));
  }
  const results: Result[] = [];
  let hasFailed = false;
  for (const [index, { place, race }] of entries.entries()) {
    const name = `${race.work.title} (${place})`;
    onProgress(`\n[${index + 1}/${entries.length}] ${name}`);
    const dir = place === 'disk' ? (options.diskDir ?? tmpdir()) : options.dir;
    try {
      results.push(await compare({ rounds, only, onProgress, ...(dir === undefined ? {} : { dir }) }, race));
    } catch (error) {
      // What the others took an hour to measure is not thrown away.
      hasFailed = true;
      note(`${name} failed: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return { bench: 'peers', date: new Date().toISOString(), machine: describeMachine(), notes, hasFailed, results };
}
