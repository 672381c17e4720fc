import process from 'node:process';
import { ProtocolError } from '../../../protocol/errors.js';
import type { Algorithm } from '../../../protocol/algorithms.js';
import { CHUNK_SIZE } from '../../../protocol/limits.js';
import { splitPath } from '../../../protocol/names.js';
import type { Runtime } from '../../workers/pool.js';
import type { Slab } from '../../workers/slab.js';
import { PathQueue } from '../path-queue.js';
import type * as store from '../store.js';
import { Downloads } from './downloads.js';
import { DEFAULT_SYNC_POLICY, type SyncPolicy } from './durable-writes.js';
import { EagerQueue } from './eager-queue.js';
import type { Walk } from './folder.js';
import { Hashes } from './hashes.js';
import { Lanes } from './lanes.js';
import { DiskListing, Windows, type ListingLimits } from './listing.js';
import { openPlaces, type Places } from './places.js';
import type { DiskTasks } from './tasks.js';
import { DiskUpload } from './upload.js';

export interface DiskStoreOptions {
  /** The folder to serve; it must be there. */
  readonly root: string;
  /** Where the content of all calls lies. */
  readonly slab: Slab;
  /** Default: threads. */
  readonly runtime?: Runtime | undefined;
  /** Workers that move data; more are started for syncs, listings and digests as these are asked for. Default 2. */
  readonly workers?: number | undefined;
  /** What a file is once it is published: safe from a crash of the server, or from a loss of power too. Default written. */
  readonly durability?: 'written' | 'durable' | undefined;
  /** Tasks that may wait in a lane. */
  readonly queueLimit?: number | undefined;
  /** When a growing upload is synced, in durable mode. */
  readonly sync?: SyncPolicy | undefined;
  /** Default: `proc` where /proc is there. */
  readonly walk?: Walk | undefined;
  readonly listing?: ListingLimits | undefined;
  /** Milliseconds after its last change until leaves that were computed of a file may be kept. Default a minute. */
  readonly settledMs?: number | undefined;
}

/**
 * Serves a folder of this machine. On return the folder is locked, and what uploads left there when a server was
 * killed is gone.
 * @throws {SluiceError} `folder-in-use`: another server has the folder; `bad-private-folder`: its `.sluice` can't be trusted
 * @throws {Error} of the system, when there is no such folder
 */
export async function openDiskStore(options: DiskStoreOptions): Promise<store.Store> {
  const places = openPlaces(options.root, options.walk);
  const { runtime = 'threads', workers = 2, slab, queueLimit, settledMs = 60_000 } = options;
  const lanes = new Lanes(runtime, workers, { ...places.config, pid: process.pid, settledMs }, slab, queueLimit);
  try {
    // All workers are up, and their code loads, before anybody is told that the store is open.
    await Promise.all(Array.from({ length: workers }, () => lanes.data.run('ping', null)));
    return new DiskStore(lanes, places, options, workers);
  } catch (error) {
    await lanes.close();
    places.close();
    throw error;
  }
}

class DiskStore implements store.Store {
  readonly #lanes: Lanes;
  readonly #places: Places;
  readonly #durable: boolean;
  readonly #sync: SyncPolicy;
  readonly #listing: ListingLimits | undefined;
  readonly #paths = new PathQueue();
  readonly #uploads = new Set<DiskUpload>();
  readonly #eager: EagerQueue;
  readonly #downloads: Downloads;
  readonly #hashes: Hashes;
  readonly #windows = new Windows();
  #closing: Promise<void> | undefined;
  /** Calls that have not settled. */
  readonly #calls = new Set<Promise<unknown>>();

  constructor(lanes: Lanes, places: Places, options: DiskStoreOptions, workers: number) {
    this.#lanes = lanes;
    this.#places = places;
    this.#durable = options.durability === 'durable';
    this.#sync = options.sync ?? DEFAULT_SYNC_POLICY;
    this.#listing = options.listing;
    this.#eager = new EagerQueue(lanes, this.#paths, this.#durable, workers);
    this.#downloads = new Downloads(lanes);
    this.#hashes = new Hashes(lanes, Math.min(workers, 2));
  }

  begin(options: store.BeginOptions): Promise<store.Upload> {
    return this.#call(async () => {
      const { path, ifAbsent, ifMatch, size = Infinity } = options;
      if (path !== null) splitPath(path);
      // Of a single chunk sent in vain the check would not save more than it costs; but all of a folder may be there already.
      const isWorthIt = size > CHUNK_SIZE || ifAbsent === true || ifMatch !== undefined;
      if (path !== null && isWorthIt) await this.#lanes.data.run('checkTarget', { path, ifAbsent, ifMatch });
      const upload = new DiskUpload(options, {
        lanes: this.#lanes,
        paths: this.#paths,
        durable: this.#durable,
        sync: this.#sync,
        eager: this.#eager,
        onEnd: (ended) => this.#uploads.delete(ended),
      });
      this.#uploads.add(upload);
      return upload;
    });
  }

  putEager(options: store.EagerOptions, content: store.Region | null): Promise<store.Published> {
    return this.#call(async () => {
      splitPath(options.path);
      const published = await this.#eager.put(options, content);
      if (published !== 'corrupt') return published;
      throw new ProtocolError('digest-mismatch', 'the bytes that arrived are not those of the leaf digest');
    });
  }

  open(requests: readonly store.OpenRequest[], slot: store.Slot): Promise<store.OpenAnswer[]> {
    return this.#call(() => this.#downloads.open(requests, slot));
  }

  list(path: string, prefix: string): Promise<store.Listing> {
    return this.#call(() => {
      splitPath(path, { allowRoot: true });
      return new DiskListing(this.#lanes, this.#windows, path, prefix, this.#listing).begin();
    });
  }

  stat(path: string): Promise<store.FileInfo> {
    return this.#call(() => {
      splitPath(path, { allowRoot: true });
      return this.#lanes.data.run('stat', path);
    });
  }

  remove(path: string): Promise<void> {
    return this.#change([path], 'remove', { path, durable: this.#durable });
  }

  rename(from: string, to: string, { ifAbsent }: { ifAbsent: boolean }): Promise<void> {
    return this.#change([from, to], 'rename', { from, to, ifAbsent, durable: this.#durable });
  }

  mkdir(path: string): Promise<void> {
    return this.#change([path], 'makeFolder', { path, durable: this.#durable });
  }

  hash(path: string, algorithm: Algorithm, options: store.HashOptions): Promise<store.PlainDigest> {
    return this.#call(() => {
      splitPath(path);
      return this.#hashes.run(path, algorithm, options);
    });
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    const endTransfers = (): Promise<unknown> =>
      Promise.all([this.#downloads.close(), ...[...this.#uploads].map((upload) => upload.abort())]);
    await Promise.all([this.#hashes.close(), endTransfers()]);
    while (this.#calls.size > 0) await Promise.allSettled(this.#calls);
    // Calls that were under way may have begun or opened something.
    await endTransfers();
    await this.#lanes.close();
    this.#places.close();
  }

  #change<K extends 'remove' | 'rename' | 'makeFolder'>(
    paths: readonly string[],
    task: K,
    input: DiskTasks[K]['input'],
  ): Promise<void> {
    return this.#call(async () => {
      for (const path of paths) splitPath(path);
      await this.#paths.run(paths, () => this.#lanes.for(this.#durable).run(task, input));
    });
  }

  /** Runs a call, so that `close` can wait for it; what it throws at once becomes a rejection. */
  async #call<R>(work: () => Promise<R>): Promise<R> {
    if (this.#closing !== undefined) throw new ProtocolError('shutting-down', 'the store is closed');
    let call: Promise<R> | undefined;
    try {
      this.#calls.add((call = work()));
      return await call;
    } finally {
      if (call !== undefined) this.#calls.delete(call);
    }
  }
}
