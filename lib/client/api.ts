import type { Readable } from 'node:stream';
import type { Algorithm } from '../../protocol/algorithms.js';
import type { EntryType } from '../../protocol/messages.js';
import type { SocketPath } from '../transport/socket-reader.js';

export type { Algorithm, EntryType, SocketPath };

/** What a client speaks: this protocol, or one of the two dialects of the base64 protocol that it replaces (section 11). */
export type Dialect = 'stream' | 'legacy-json' | 'legacy-text';

/** How a connection is made, and what holds for every operation on it. */
export interface ConnectOptions {
  /** Default `stream`. Nothing else is ever tried. */
  readonly protocol?: Dialect | undefined;
  /** Gives up connecting. Once connected, it has no effect. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds without any sign of progress, of connecting or of one operation, before it fails with `timeout`. Default 30,000; with a legacy dialect 600,000 once connected. */
  readonly timeoutMs?: number | undefined;
  /** Milliseconds for which `busy` and other refusals that pass by themselves are retried. Default 600,000. */
  readonly busyTimeoutMs?: number | undefined;
  /** Digest algorithms to offer, the preferred first; `sha256` must be among them. Default: all that this machine has. */
  readonly algorithms?: readonly Algorithm[] | undefined;
  /** How bytes come from the socket. Default `direct`. */
  readonly socketPath?: SocketPath | undefined;
  /** Greatest payload of one DATA frame to offer, 4,096 to 1,048,576 bytes. Default 262,144. */
  readonly fragmentSize?: number | undefined;
}

/** What an operation of one item takes. */
export interface CallOptions {
  /** Cancels the operation: it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Bytes of content done so far, and in all (undefined while nobody knows). */
export interface Progress {
  readonly bytes: number;
  readonly total: number | undefined;
}

export interface ProgressOptions {
  /** Called now and then, at most once for each chunk or frame. A throw in it is ignored. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

export interface PutOptions extends CallOptions, ProgressOptions {
  /** Publish only if nothing has the name, else `exists`. */
  readonly ifAbsent?: boolean | undefined;
  /** Publish only over this version of the file, else `precondition-failed`. */
  readonly ifMatch?: string | undefined;
  /** Permission bits, 0–0o777; default: those of the local file, else the server's. */
  readonly mode?: number | undefined;
  /** Default: that of the local file, else the time of publishing. */
  readonly mtimeMs?: number | undefined;
  /**
   * Legacy dialects only: gets the file back and compares, else `digest-mismatch`. Some old servers store less than they were sent and
   * answer OK. With `stream` every upload is verified anyway.
   */
  readonly verify?: boolean | undefined;
}

export interface GetOptions extends CallOptions, ProgressOptions {
  /** Bytes, both ends inclusive; without `last` to the end of the file. */
  readonly range?: { readonly first: number; readonly last?: number | undefined } | undefined;
  /** Only this version of the file, else `precondition-failed`. */
  readonly ifMatch?: string | undefined;
}

export interface RenameOptions extends CallOptions {
  /** Fail with `exists` instead of replacing a file. */
  readonly ifAbsent?: boolean | undefined;
}

export interface ListOptions extends CallOptions {
  /** Only names that begin with it. */
  readonly prefix?: string | undefined;
}

export interface TreeOptions extends CallOptions, ProgressOptions {
  /** Each finished file, in the order of finishing. A throw in it is ignored. */
  readonly onItem?: ((item: TreeItem) => void) | undefined;
  /** Files under way at once. Default: as many as the server allows, at most 128. */
  readonly concurrency?: number | undefined;
}

/** Null in a result: the dialect doesn't tell. `stream` tells everything, which is what this says of its results. */
export type Complete<T> = { readonly [K in keyof T]: Exclude<T[K], null> };

export interface PutResult {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly mtimeMs: number | null;
  readonly algorithm: Algorithm | null;
  /** The root digest, in hex. */
  readonly root: string | null;
  readonly version: string | null;
  /** The published file survives a loss of power of the server. */
  readonly durable: boolean | null;
}

export interface GetResult {
  readonly path: string;
  /** Bytes of the whole file. */
  readonly size: number;
  readonly mtimeMs: number | null;
  /** Permission bits, 0–0o777. */
  readonly mode: number | null;
  readonly algorithm: Algorithm | null;
  /** The verified root digest, in hex; undefined for a range that is not the whole file. */
  readonly root: string | null | undefined;
  readonly version: string | null;
}

/** One line of a listing. */
export interface Entry {
  readonly name: string;
  readonly type: EntryType | null;
  /** Bytes; 0 for all but files. */
  readonly size: number | null;
  readonly mtimeMs: number | null;
}

export interface FileStat {
  readonly path: string;
  readonly type: EntryType;
  /** Bytes. */
  readonly size: number;
  readonly mtimeMs: number;
  /** Permission bits, 0–0o777. */
  readonly mode: number;
  /** Opaque; differs whenever the content was replaced. */
  readonly version: string;
}

/** The digest of a file's plain bytes. */
export interface HashResult {
  readonly path: string;
  readonly algorithm: Algorithm;
  /** Hex. */
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
  readonly mtimeMs: number;
}

export interface PutTreeOptions extends TreeOptions {
  /** Publish a file only if nothing has its name; else it is a failed item, `exists`. */
  readonly ifAbsent?: boolean | undefined;
  /** As for `put`. */
  readonly verify?: boolean | undefined;
}

/** One finished file of a tree: a result or an error. `path` is the remote path for both directions. */
export type TreeItem = TreeSuccess | TreeFailure;

export interface TreeSuccess {
  readonly path: string;
  readonly localPath: string;
  /** Bytes. */
  readonly size: number;
  readonly mtimeMs: number | null;
  readonly algorithm: Algorithm | null;
  /** Hex. */
  readonly root: string | null | undefined;
  readonly version: string | null;
  readonly error?: undefined;
}

export interface TreeFailure {
  readonly path: string;
  readonly localPath: string;
  /** Has a stable `code` (see SluiceError). */
  readonly error: Error & { readonly code?: string };
}

export interface TreeSummary {
  /** Files that were transferred. */
  readonly files: number;
  /** Folders that were made or found. */
  readonly folders: number;
  /** Bytes of content transferred. */
  readonly bytes: number;
  readonly failed: number;
}

/** Where the server is, and what it said of itself in its HELLO (P-3.2), which the legacy dialects don't have. */
export interface ServerInfo {
  readonly host: string;
  readonly port: number;
  readonly agent: string | undefined;
  /** Operations that may be open at once; further ones wait here in order. */
  readonly streams: number;
  /** Greatest DATA payload, bytes. */
  readonly fragment: number | null;
}

/**
 * A client of one server; any number of operations run at once. With `stream` all share one connection; the legacy dialects make one for
 * each request, the first of them with the first operation.
 *
 * Every method rejects with a `SluiceError` (see its `code`), or with the reason of an aborted signal. Remote paths
 * are those of the protocol: relative, joined by `/` (P-7.1). What the legacy dialects can't do is rejected with `unsupported`, before
 * anything is sent: all but whole files put, got and removed by name, folders put, and the list of the served folder itself. Nor do they verify what is got:
 * it is complete and valid base64, no more.
 */
export interface Client {
  readonly protocol: Dialect;
  /** The digest algorithm in force. */
  readonly algorithm: Algorithm | null;
  readonly server: ServerInfo;
  /** Bytes on the wire so far, everything counted that the sockets were given and gave. */
  readonly bytesSent: number;
  readonly bytesReceived: number;

  /**
   * Creates or replaces a remote file (P-7.5). Nothing is seen of it before all of it is there, verified.
   * @param source a local path, the content itself, or a stream of unknown length
   */
  put(source: string | Uint8Array | Readable, path: string, options?: PutOptions): Promise<PutResult>;

  /**
   * Fetches a file, or a range of it, to the local path `destination`, which it replaces in one step when every byte is
   * verified. Until then, and after any error, what stood there stands.
   */
  get(path: string, destination: string, options?: GetOptions): Promise<GetResult>;

  /** Fetches into memory; the caller answers for the size. */
  getBuffer(path: string, options?: GetOptions): Promise<GetResult & { readonly content: Uint8Array }>;

  /**
   * Fetches as a stream. Each chunk is verified before it is given out; an error, a wrong root at the end too, destroys the
   * stream. A reader that stops reading stops the server (by credit), and nothing else on this connection.
   */
  getStream(path: string, options?: GetOptions): Readable;

  /** The entries of a folder in byte order of their names; the empty path is the served folder. */
  list(path: string, options?: ListOptions): AsyncIterable<Entry>;
  stat(path: string, options?: CallOptions): Promise<FileStat>;
  /** Removes a file, a symbolic link itself or an empty folder. */
  remove(path: string, options?: CallOptions): Promise<void>;
  rename(from: string, to: string, options?: RenameOptions): Promise<void>;
  /** Makes a folder and those above it; `exists` if the name is taken. */
  mkdir(path: string, options?: CallOptions): Promise<void>;
  /** Has the server digest a file's plain bytes. */
  hash(path: string, algorithm: Algorithm, options?: CallOptions & ProgressOptions): Promise<HashResult>;

  /**
   * Puts every regular file below a local folder. Symbolic links and special files are not followed: they count as
   * failed items. A failed item doesn't end the rest. In the legacy dialects the relative path is the name, which not every server
   * takes, and an empty folder is a failed item.
   */
  putTree(localFolder: string, remoteFolder: string, options?: PutTreeOptions): Promise<TreeSummary>;
  /** Gets every regular file below a remote folder; `localFolder` is made if needed. As `putTree` in all else. */
  getTree(remoteFolder: string, localFolder: string, options?: TreeOptions): Promise<TreeSummary>;

  /** Cancels what is open (it rejects with `closed`) and closes the connection. Waits only for the socket's end. */
  close(): Promise<void>;
  /** Resolves when the connection is closed, for whatever reason; never rejects. */
  readonly closed: Promise<void>;
}

/** A client that speaks `stream`: it tells everything. */
export interface StreamClient extends Client {
  readonly protocol: 'stream';
  readonly algorithm: Algorithm;
  readonly server: Complete<ServerInfo>;
  put(source: string | Uint8Array | Readable, path: string, options?: PutOptions): Promise<Complete<PutResult>>;
  get(path: string, destination: string, options?: GetOptions): Promise<Complete<GetResult>>;
  getBuffer(path: string, options?: GetOptions): Promise<Complete<GetResult> & { readonly content: Uint8Array }>;
  list(path: string, options?: ListOptions): AsyncIterable<Complete<Entry>>;
}
