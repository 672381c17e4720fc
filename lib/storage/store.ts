import type { Algorithm } from '../../protocol/algorithms.js';
import type { EntryType } from '../../protocol/messages.js';
import type { Region, Slot } from '../workers/slab.js';

export type { Region, Slot } from '../workers/slab.js';

/**
 * Where files live. The disk store is the first of its kind; an object store can follow, so neither a path of the
 * machine nor a file descriptor appears here. Paths are those of the wire (P-7.1), checked by the store again.
 *
 * Every method rejects with a ProtocolError of stream scope. A method that was called is awaited to its end before
 * the memory it was given may be used for anything else: no call is cut short but where it takes a signal.
 */
export interface Store {
  /**
   * Opens a partial file for an upload. `ifAbsent`, `ifMatch` and what stands under the name are checked here early
   * and again in the step that publishes.
   */
  begin(options: BeginOptions): Promise<Upload>;

  /**
   * Takes a file of at most one chunk whole: verify, write, publish. Many may be under way at once; the store puts
   * them into batches.
   * @param content null for an empty file
   * @param root what the file's root digest must be
   */
  putEager(options: EagerOptions, content: Region | null): Promise<Published>;

  /**
   * Opens files for reading, and reads into `slot` the whole content of as many of them as fit and were asked for: the first that doesn't
   * fit behind others, and all that follow it, are for later. One answer for each request, in order; a failed one doesn't fail the others.
   */
  open(requests: readonly OpenRequest[], slot: Slot): Promise<OpenAnswer[]>;

  /** The entries of a folder, in byte order of their names (P-7.8). */
  list(path: string, prefix: string): Promise<Listing>;
  stat(path: string): Promise<FileInfo>;
  /** Removes a file, a symbolic link itself, or an empty folder. */
  remove(path: string): Promise<void>;
  rename(from: string, to: string, options: { ifAbsent: boolean }): Promise<void>;
  mkdir(path: string): Promise<void>;
  /** Digests the plain bytes of a file. An abort rejects with `cancelled` within one read of at most 1 MiB or so. */
  hash(path: string, algorithm: Algorithm, options: HashOptions): Promise<PlainDigest>;
  /** Waits for what is under way, then gives back every file, worker and lock. */
  close(): Promise<void>;
}

export interface FileInfo {
  readonly type: EntryType;
  /** Bytes; 0 for anything but a file. */
  readonly size: number;
  readonly mtimeMs: number;
  /** Permission bits, 0–0o777. */
  readonly mode: number;
  /** P-7.4. */
  readonly version: string;
}

export interface PutOptions {
  readonly path: string;
  readonly algorithm: Algorithm;
  /** Bytes, where known. */
  readonly size?: number | undefined;
  /** Permission bits; the process's umask applies. Default 0o666. */
  readonly mode?: number | undefined;
  /** Default: the time of publishing. */
  readonly mtimeMs?: number | undefined;
  readonly ifAbsent?: boolean | undefined;
  readonly ifMatch?: string | undefined;
}

/** `path` is null where the name comes last: `commit` is told it, and only then is it checked. */
export type BeginOptions = Omit<PutOptions, 'path'> & { readonly path: string | null };

export interface EagerOptions extends PutOptions {
  readonly size: number;
  readonly root: Uint8Array;
  /** The chunk's leaf; undefined for an empty file. */
  readonly leaf: Uint8Array | undefined;
}

/** What stands under the name after publishing. */
export interface Published {
  readonly size: number;
  readonly mtimeMs: number;
  readonly version: string;
  readonly root: Uint8Array;
  /** The published file survives a loss of power. */
  readonly durable: boolean;
}

/** `written`: the operating system has it. `corrupt`: the bytes don't give the leaf; nothing was written. */
export type WriteOutcome = 'written' | 'corrupt';

export interface Upload {
  /** Told the chunk indexes that newly became durable, in durable mode only. */
  onDurable: ((chunks: readonly number[]) => void) | null;
  /**
   * Verifies one chunk against its leaf and writes it. Several may be under way at once, in any order.
   * A chunk that was written already is compared by its leaf only: another leaf is `digest-mismatch`.
   * @param chunk index in the file
   * @param leaf null where the sender names no digests: the store computes it. Such a chunk comes once.
   */
  write(chunk: number, content: Region, leaf: Uint8Array | null): Promise<WriteOutcome>;
  /**
   * Keeps the beginning of a chunk that isn't whole: its slot is needed elsewhere, and the sender can't be asked for it again.
   * It is no part of the file before `write` has brought the chunk.
   */
  park(chunk: number, content: Region): Promise<void>;
  /** Reads what was parked of a chunk back to where it is to lie now. */
  unpark(chunk: number, target: Region): Promise<void>;
  /**
   * Publishes, when every write has settled: `size-mismatch` when a chunk is missing or `size` differs, `digest-mismatch` when the
   * root does. After it, successful or not, the upload is over.
   * @param root null where the sender names none: whatever the leaves give
   * @param path of an upload that began without one
   */
  commit(size: number, root: Uint8Array | null, path?: string): Promise<Published>;
  /**
   * Whether `writeWhole` may be called now: nothing of the file was written, and nobody else is changing what stands under its name. To wait
   * for that would keep the content's memory from others.
   */
  readonly takesWhole: boolean;
  /** `write` and `commit` in one step, for a file of one chunk whose size was told. After `corrupt` the chunk may come again. */
  writeWhole(content: Region, leaf: Uint8Array, root: Uint8Array): Promise<Published | 'corrupt'>;
  /** Waits for the writes under way, then removes the partial. Safe at any time, more than once, and after commit. */
  abort(): Promise<void>;
}

export interface OpenRequest {
  readonly path: string;
  readonly algorithm: Algorithm;
  readonly ifMatch?: string | undefined;
  /** Read the content at once if the file is whole of at most this many bytes; 0 to only open. */
  readonly eagerLimit: number;
}

export type OpenAnswer =
  | { readonly kind: 'failed'; readonly error: Error }
  /** The whole file is in the slot; nothing stays open. `leaf` is undefined for an empty file. */
  | {
      readonly kind: 'content';
      readonly info: FileInfo;
      readonly content: Region;
      readonly leaf: Uint8Array | undefined;
      readonly root: Uint8Array;
    }
  | { readonly kind: 'download'; readonly info: FileInfo; readonly download: Download }
  /** Nothing of it is open: it is to be asked for again. Never the first of a call. */
  | { readonly kind: 'later' };

export interface Download {
  /**
   * Reads one whole chunk to the start of `slot`. One call at a time.
   * @returns its leaf and length in bytes
   */
  read(chunk: number, slot: Slot): Promise<{ length: number; leaf: Uint8Array }>;
  /** Rejects with `source-changed` if the file is not what it was when it was opened. */
  verifyUnchanged(): Promise<void>;
  /** Waits for a read under way, then closes. Safe more than once. */
  close(): Promise<void>;
}

export interface Entry {
  readonly name: string;
  readonly type: EntryType;
  readonly size: number;
  readonly mtimeMs: number;
}

export interface Listing {
  /** The next entries, at most `limit`; none at the end. */
  next(limit: number): Promise<Entry[]>;
}

export interface HashOptions {
  readonly signal: AbortSignal;
  /** Bytes done so far, now and then. */
  readonly onProgress?: (done: number) => void;
}

export interface PlainDigest {
  readonly digest: Uint8Array;
  readonly size: number;
  readonly mtimeMs: number;
}
