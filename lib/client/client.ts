import { Readable } from 'node:stream';
import type {
  Complete,
  Algorithm,
  CallOptions,
  Entry,
  FileStat,
  GetOptions,
  GetResult,
  HashResult,
  ListOptions,
  ProgressOptions,
  PutOptions,
  PutResult,
  PutTreeOptions,
  RenameOptions,
  ServerInfo,
  StreamClient,
  TreeOptions,
  TreeSummary,
} from './api.js';
import { checkGet, checkPath, checkPut, checkText, checkTree } from './arguments.js';
import { call } from './call.js';
import { ArgumentError } from './errors.js';
import { getStream } from './readable-download.js';
import type { Session } from './session.js';

const MAX_PREFIX = 255;

/* Loaded when first used: a command that puts one file needs a third of all this, and loading takes longer than the file. */
const uploads = once(() => import('./uploads.js'));
const downloads = once(() => import('./downloads.js'));
const putTrees = once(() => import('./put-tree.js'));
const getTrees = once(() => import('./get-tree.js'));
const listings = once(() => import('./listing.js'));

/** The API over one session. It holds no state of its own; arguments are checked here. */
export class SessionClient implements StreamClient {
  readonly protocol = 'stream';
  readonly server: Complete<ServerInfo>;
  readonly #session: Session;

  constructor(session: Session, server: Complete<ServerInfo>) {
    this.#session = session;
    this.server = server;
  }

  get algorithm(): Algorithm {
    return this.#session.algorithm;
  }

  get closed(): Promise<void> {
    return this.#session.closed;
  }

  get bytesSent(): number {
    return this.#session.connection.socket.bytesWritten;
  }

  get bytesReceived(): number {
    return this.#session.connection.socket.bytesRead;
  }

  async put(
    source: string | Uint8Array | Readable,
    path: string,
    options: PutOptions = {},
  ): Promise<Complete<PutResult>> {
    checkPut(path, options);
    const { putBytes, putFile, putReadable } = await uploads();
    if (typeof source === 'string') return putFile(this.#session, source, path, options, { follow: true });
    if (source instanceof Uint8Array) return putBytes(this.#session, source, path, options);
    if (source instanceof Readable) return putReadable(this.#session, source, path, options);
    throw new ArgumentError('bad-argument', 'the source must be a local path, a Uint8Array or a Readable');
  }

  async get(path: string, destination: string, options: GetOptions = {}): Promise<Complete<GetResult>> {
    checkGet(path, options);
    const { getFile } = await downloads();
    return getFile(this.#session, { ...options, path }, destination);
  }

  async getBuffer(
    path: string,
    options: GetOptions = {},
  ): Promise<Complete<GetResult> & { readonly content: Uint8Array }> {
    checkGet(path, options);
    const { getBuffer } = await downloads();
    return getBuffer(this.#session, { ...options, path });
  }

  getStream(path: string, options: GetOptions = {}): Readable {
    checkGet(path, options);
    return getStream(this.#session, { ...options, path });
  }

  async *list(path: string, options: ListOptions = {}): AsyncGenerator<Complete<Entry>, void, undefined> {
    checkPath(path);
    checkText('prefix', options.prefix, MAX_PREFIX);
    const { listPages } = await listings();
    for await (const page of listPages(this.#session, path, options)) yield* page;
  }

  async stat(path: string, { signal }: CallOptions = {}): Promise<FileStat> {
    checkPath(path);
    const { type, size, mtimeMs, mode, version } = await call(this.#session, {
      name: 'stat',
      message: { path },
      result: 'statResult',
      signal,
    });
    return { path, type, size, mtimeMs, mode, version };
  }

  async remove(path: string, { signal }: CallOptions = {}): Promise<void> {
    checkPath(path);
    await call(this.#session, { name: 'remove', message: { path }, result: 'emptyResult', signal });
  }

  async rename(from: string, to: string, { ifAbsent, signal }: RenameOptions = {}): Promise<void> {
    checkPath(from);
    checkPath(to);
    const message = { path: from, to, ifAbsent };
    await call(this.#session, { name: 'rename', message, result: 'emptyResult', signal });
  }

  async mkdir(path: string, { signal }: CallOptions = {}): Promise<void> {
    checkPath(path);
    await call(this.#session, { name: 'mkdir', message: { path }, result: 'emptyResult', signal });
  }

  async hash(
    path: string,
    algorithm: Algorithm,
    { signal, onProgress }: CallOptions & ProgressOptions = {},
  ): Promise<HashResult> {
    checkPath(path);
    if (!['sha256', 'blake3'].includes(algorithm)) {
      throw new ArgumentError('bad-argument', `the algorithm '${algorithm}' is not known; use sha256 or blake3`);
    }
    const { digest, size, mtimeMs } = await call(this.#session, {
      name: 'hash',
      message: { path, algorithm },
      result: 'hashResult',
      signal,
      onProgress,
    });
    return { path, algorithm, digest: Buffer.from(digest).toString('hex'), size, mtimeMs };
  }

  async putTree(localFolder: string, remoteFolder: string, options: PutTreeOptions = {}): Promise<TreeSummary> {
    checkTree(remoteFolder, options);
    const { putTree } = await putTrees();
    return putTree(this.#session, localFolder, remoteFolder, options);
  }

  async getTree(remoteFolder: string, localFolder: string, options: TreeOptions = {}): Promise<TreeSummary> {
    checkTree(remoteFolder, options);
    const { getTree } = await getTrees();
    return getTree(this.#session, remoteFolder, localFolder, options);
  }

  close(): Promise<void> {
    return this.#session.close();
  }
}

/** Calls `load` at most once. Awaiting the promise costs less than asking for a module that is there already. */
function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loaded: Promise<T> | undefined;
  return () => (loaded ??= load());
}
