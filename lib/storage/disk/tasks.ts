import type { Algorithm } from '../../../protocol/algorithms.js';
import type { Failure } from '../../workers/serve.js';
import type { Entry, FileInfo, PlainDigest } from '../store.js';
import type { Walk } from './folder.js';

/*
 * What crosses between the main thread and the workers. Digests cross as latin1 text, one character a byte: a byte
 * array would drag the whole buffer that it is a view of across.
 */

/** What every worker is started with. */
export interface WorkerConfig {
  /** The served folder, absolute and resolved. */
  readonly root: string;
  readonly walk: Walk;
  /** The main process, whose descriptors these are: of the served folder, `.sluice`, and `partial` and `leaves` in it. */
  readonly pid: number;
  readonly rootFd: number;
  readonly privateFd: number;
  readonly partialFd: number;
  readonly leavesFd: number;
  /** Of the main process too; -1 where there is none. */
  readonly passageFd: number;
  /** Milliseconds after its last change until leaves that were computed of a file may be kept. */
  readonly settledMs: number;
}

/** File content: where it lies in the slab (threads), where it lies in the passage, or itself (processes). */
export type Content =
  | { readonly slot: number; readonly offset: number; readonly length: number }
  | { readonly place: number; readonly length: number }
  | Uint8Array;

/** A partial file. In threads it is open; processes open it by name each time, as a descriptor means nothing there. */
export interface PartialFile {
  readonly name: string;
  readonly fd: number | undefined;
  /** Undefined with `fd`, and for files of one chunk, whose only leaf is kept in memory. */
  readonly leavesFd: number | undefined;
}

export interface Conditions {
  readonly ifAbsent?: boolean | undefined;
  readonly ifMatch?: string | undefined;
}

export interface Publishing extends Conditions {
  readonly path: string;
  readonly mode: number;
  readonly mtimeMs: number | undefined;
  readonly durable: boolean;
}

/** What can be told only after publishing. */
export interface PublishedStats {
  readonly mtimeMs: number;
  readonly version: string;
}

export interface CreatePartial {
  readonly name: string;
  readonly mode: number;
  readonly leaves: boolean;
  readonly keepOpen: boolean;
}

/** Some chunks of one upload. */
export interface WriteChunks {
  readonly file: PartialFile;
  readonly hasLeaves: boolean;
  readonly algorithm: Algorithm;
  readonly chunks: readonly ChunkToWrite[];
}

export interface ChunkToWrite {
  readonly chunk: number;
  readonly content: Content;
  /** Null: nothing to compare with. */
  readonly leaf: string | null;
}

/** The beginning of a chunk, kept in the partial file at the chunk's place. */
export interface ParkChunk {
  readonly file: PartialFile;
  readonly chunk: number;
  readonly content: Content;
}

export interface UnparkChunk {
  readonly file: PartialFile;
  readonly chunk: number;
  /** Index; -1 asks for the bytes in the answer. */
  readonly slot: number;
  /** Where in the slot, and how many bytes. */
  readonly offset: number;
  readonly length: number;
}

/** The leaf of what was written; null when the bytes don't give the one that was named, and nothing was written. */
export type ChunkOutcome = string | null | { readonly failure: Failure };

export interface FinishUpload {
  readonly file: PartialFile;
  /** The only leaf, or '' without any; undefined when they are in the leaves file. */
  readonly leaves: string | undefined;
  readonly algorithm: Algorithm;
  readonly size: number;
  /** Null: nothing to compare with. */
  readonly root: string | null;
  readonly publishing: Publishing;
}

export interface EagerFile extends Conditions {
  readonly path: string;
  readonly mode: number;
  readonly mtimeMs: number | undefined;
  readonly algorithm: Algorithm;
  readonly content: Content | null;
  readonly leaf: string;
  readonly root: string;
}

/** `corrupt`: the bytes don't give the leaf; nothing was written. */
export type EagerOutcome = PublishedStats | 'corrupt' | { readonly failure: Failure };

export interface OpenFile {
  readonly path: string;
  readonly algorithm: Algorithm;
  readonly ifMatch: string | undefined;
  readonly eagerLimit: number;
}

export type Opened =
  | { readonly failure: Failure }
  /** Its content has no room in the slot behind that of others. */
  | 'later'
  | {
      readonly info: FileInfo;
      /** Bytes from the slot's start. */
      readonly offset: number;
      readonly length: number;
      readonly leaf: string;
      readonly root: string;
      /** In processes only. */
      readonly bytes: Uint8Array | undefined;
    }
  | { readonly info: FileInfo; readonly fd: number | undefined; readonly keptFd: number | undefined };

/** A file being downloaded: by descriptor in threads; in processes by path, and only while it is still that version. */
export interface Source {
  readonly path: string;
  readonly version: string;
  readonly fd: number | undefined;
  /** Its kept leaves; undefined when they must be computed. */
  readonly keptFd: number | undefined;
}

export interface ReadChunk {
  readonly source: Source;
  /** Bytes from the file's start. */
  readonly position: number;
  readonly length: number;
  /** Index; -1 asks for the bytes in the passage, or in the answer. */
  readonly slot: number;
  /** In the passage. */
  readonly place: number | undefined;
  readonly algorithm: Algorithm;
  /** Name to gather computed leaves under; undefined when they are kept already, or not all of them will be read. */
  readonly gathering: string | undefined;
}

/** The end of a download's reading. */
export interface CheckUnchanged {
  readonly source: Source;
  /** Leaves of the whole file were gathered: they may be kept. */
  readonly gathered: { readonly name: string; readonly algorithm: Algorithm } | undefined;
}

export interface CloseSource {
  readonly source: Source;
  /** What was gathered under this name and not kept is of no use. */
  readonly gathering: string | undefined;
}

export interface ListNames {
  readonly path: string;
  readonly prefix: string;
  /** Only names behind this one. */
  readonly after: string;
  /** Bytes of names that are wanted at most. */
  readonly limit: number;
  /** Entries of the folder that are looked at before the task is given up; undefined when it may take its time. */
  readonly patience?: number | undefined;
}

export interface NameList {
  /** In byte order, joined by '/'. */
  readonly names: Uint8Array;
  /** Some were left for next time. */
  readonly more: boolean;
}

export interface HashSlice {
  /** Number of a digest under way; a new one begins the file `path`. */
  readonly job: number;
  readonly path: string;
  readonly algorithm: Algorithm;
}

export type Hashed = { readonly done: number } | (Omit<PlainDigest, 'digest'> & { readonly digest: string });

/** The tasks of the disk store's workers. */
export interface DiskTasks {
  ping: { input: null; output: null };
  /** Early look at what `Publishing` will meet. */
  checkTarget: { input: Conditions & { readonly path: string }; output: null };
  createPartial: { input: CreatePartial; output: PartialFile };
  writeChunks: { input: WriteChunks; output: ChunkOutcome[] };
  parkChunk: { input: ParkChunk; output: null };
  unparkChunk: { input: UnparkChunk; output: Uint8Array | null };
  /** The leaf that was written for a chunk. */
  readLeaf: { input: { readonly file: PartialFile; readonly chunk: number }; output: string };
  syncPartial: { input: PartialFile; output: null };
  /** Verifies and publishes; whatever the outcome, the partial is gone. */
  finishUpload: { input: FinishUpload; output: PublishedStats & { readonly root: string } };
  dropPartial: { input: PartialFile; output: null };
  putEager: {
    input: { readonly files: readonly EagerFile[]; readonly durable: boolean };
    output: EagerOutcome[];
  };
  openFiles: { input: { readonly files: readonly OpenFile[]; readonly slot: number }; output: Opened[] };
  readChunk: { input: ReadChunk; output: { readonly leaf: string; readonly bytes: Uint8Array | undefined } };
  checkUnchanged: { input: CheckUnchanged; output: null };
  closeSource: { input: CloseSource; output: null };
  /** Null when the folder has more entries than there was patience for. */
  listNames: { input: ListNames; output: NameList | null };
  statEntries: { input: { readonly path: string; readonly names: readonly string[] }; output: Entry[] };
  stat: { input: string; output: FileInfo };
  remove: { input: { readonly path: string; readonly durable: boolean }; output: null };
  rename: {
    input: { readonly from: string; readonly to: string; readonly ifAbsent: boolean; readonly durable: boolean };
    output: null;
  };
  makeFolder: { input: { readonly path: string; readonly durable: boolean }; output: null };
  hashSlice: { input: HashSlice; output: Hashed };
  dropHash: { input: number; output: null };
}
