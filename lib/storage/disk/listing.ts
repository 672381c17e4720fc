import type { Entry, Listing } from '../store.js';
import type { Lanes } from './lanes.js';
import type { ListNames, NameList } from './tasks.js';

/** Bytes of names that one listing reads at once: nearly every folder's, whole. */
const WINDOW = 8 * 1_048_576;
/** Bytes of names in memory for all listings together. */
const MEMORY = 64 * 1_048_576;

/** Entries of a folder that a worker of the data lane reads. */
const PATIENCE = 10_000;

export interface ListingLimits {
  /** Bytes of names that a listing reads at once. Default 8 MiB. */
  readonly window?: number | undefined;
  /** Entries that a folder may have to be read where data is moved. Default 10,000. */
  readonly patience?: number | undefined;
}

/** Names read ahead by one listing. */
interface Window {
  /** Joined by '/'. */
  readonly names: Buffer;
  /** Where the next name begins. */
  position: number;
  /** The folder has more names behind these. */
  readonly more: boolean;
}

/**
 * The windows of all listings. The one that was not asked for the longest gives way when memory is short, since its listing can read it again: so a
 * client that begins listings and never ends them costs no more than MEMORY.
 */
export class Windows {
  readonly #windows = new Map<Listing, Window>();
  #bytes = 0;

  get(listing: Listing): Window | undefined {
    const window = this.#windows.get(listing);
    if (window !== undefined) {
      this.#windows.delete(listing);
      this.#windows.set(listing, window);
    }
    return window;
  }

  set(listing: Listing, window: Window): void {
    this.delete(listing);
    this.#windows.set(listing, window);
    this.#bytes += window.names.length;
    for (const oldest of this.#windows.keys()) {
      if (this.#bytes <= MEMORY || oldest === listing) return;
      this.delete(oldest);
    }
  }

  delete(listing: Listing): void {
    this.#bytes -= this.#windows.get(listing)?.names.length ?? 0;
    this.#windows.delete(listing);
  }
}

/** P-7.8: the entries of a folder in byte order of their names, in pages. Each name comes once, whatever changes meanwhile. */
export class DiskListing implements Listing {
  readonly #lanes: Lanes;
  readonly #windows: Windows;
  readonly #path: string;
  readonly #prefix: string;
  readonly #windowSize: number;
  readonly #patience: number;
  /** The last name given out; the next come behind it. */
  #after = '';
  #ended = false;
  #isHuge = false;

  constructor(lanes: Lanes, windows: Windows, path: string, prefix: string, limits: ListingLimits = {}) {
    this.#lanes = lanes;
    this.#windows = windows;
    this.#path = path;
    this.#prefix = prefix;
    this.#windowSize = limits.window ?? WINDOW;
    this.#patience = limits.patience ?? PATIENCE;
  }

  async next(limit: number): Promise<Entry[]> {
    let entries: Entry[] = [];
    // A page whose names have all gone meanwhile is not the end.
    while (entries.length === 0 && !this.#ended) {
      const names = await this.#nextNames(limit);
      if (names.length > 0) entries = await this.#lanes.data.run('statEntries', { path: this.#path, names });
    }
    return entries;
  }

  /** Reads the first names: the folder's own errors show at once. */
  async begin(): Promise<this> {
    await this.#read();
    return this;
  }

  async #nextNames(limit: number): Promise<string[]> {
    const window = this.#windows.get(this) ?? (await this.#read());
    const { names: bytes, more } = window;
    const names: string[] = [];
    while (names.length < limit && window.position < bytes.length) {
      const slash = bytes.indexOf(0x2f, window.position);
      const end = slash === -1 ? bytes.length : slash;
      names.push(bytes.toString('utf8', window.position, end));
      window.position = end + 1;
    }
    this.#after = names.at(-1) ?? this.#after;
    if (window.position >= bytes.length) {
      this.#windows.delete(this);
      this.#ended = !more;
    }
    return names;
  }

  /** Most folders are read in no time; one with millions of names must not hold a worker that moves data. */
  async #readSoon(wanted: ListNames): Promise<NameList | null> {
    if (this.#isHuge) return null;
    const list = await this.#lanes.data.run('listNames', { ...wanted, patience: this.#patience });
    this.#isHuge = list === null;
    return list;
  }

  async #read(): Promise<Window> {
    const wanted = { path: this.#path, prefix: this.#prefix, after: this.#after, limit: this.#windowSize };
    const { names, more } = (await this.#readSoon(wanted)) ?? (await this.#lanes.slow(0).run('listNames', wanted))!;
    const window = { names: Buffer.from(names.buffer, names.byteOffset, names.length), position: 0, more };
    this.#windows.set(this, window);
    return window;
  }
}
