import { Readable } from 'node:stream';
import type {
  CallOptions,
  Client,
  Dialect,
  Entry,
  FileStat,
  GetOptions,
  GetResult,
  HashResult,
  ListOptions,
  PutOptions,
  PutResult,
  PutTreeOptions,
  ServerInfo,
  TreeSummary,
} from '../api.js';
import { checkGet, checkPath, checkPut, checkTree } from '../arguments.js';
import { ChunkPool } from '../chunk-pool.js';
import { type DownloadTarget, MemoryTarget } from '../download-target.js';
import { ArgumentError, type UnsupportedError } from '../errors.js';
import { FileSource } from '../file-source.js';
import { FileTarget } from '../file-target.js';
import { ReadableSource } from '../readable-source.js';
import { readDownload } from '../readable-download.js';
import { walkFolder } from '../local-tree.js';
import { TreeRun } from '../tree.js';
import { BufferSource } from '../upload-source.js';
import type { ExchangeOptions } from './exchange.js';
import { CONNECTIONS, Exchanges } from './exchanges.js';
import { download, upload } from './transfers.js';
import { checkLegacyGet, checkLegacyPut, unsupported } from './unsupported.js';

/** Chunks of memory for uploads, shared by all: each has one and reads the next ahead. */
const POOL_CHUNKS = 2 * CONNECTIONS;

/** The API in a dialect of the base64 protocol (docs/protocol.md, section 11): a connection for each request. */
export class LegacyClient implements Client {
  readonly protocol: Exclude<Dialect, 'stream'>;
  readonly algorithm = null;
  readonly server: ServerInfo;
  readonly closed: Promise<void>;
  readonly #exchanges: Exchanges;
  readonly #pool = new ChunkPool(POOL_CHUNKS);

  constructor(protocol: Exclude<Dialect, 'stream'>, options: ExchangeOptions) {
    const { host, port } = options;
    this.protocol = protocol;
    this.server = { host, port, agent: undefined, streams: CONNECTIONS, fragment: null };
    this.#exchanges = new Exchanges(protocol === 'legacy-json' ? 'json' : 'text', options);
    this.closed = this.#exchanges.closed;
  }

  get bytesSent(): number {
    return this.#exchanges.bytesSent;
  }

  get bytesReceived(): number {
    return this.#exchanges.bytesReceived;
  }

  async put(source: string | Uint8Array | Readable, path: string, options: PutOptions = {}): Promise<PutResult> {
    checkPut(path, options);
    checkName(path);
    checkLegacyPut(this.protocol, options);
    if (typeof source === 'string') {
      return upload(this.#exchanges, new FileSource(source, this.#pool, { follow: true }), path, options);
    }
    if (source instanceof Uint8Array) return upload(this.#exchanges, new BufferSource(source), path, options);
    if (!(source instanceof Readable)) {
      throw new ArgumentError('bad-argument', 'the source must be a local path, a Uint8Array or a Readable');
    }
    const readable = new ReadableSource(source, this.#pool);
    try {
      return await upload(this.#exchanges, readable, path, options);
    } finally {
      readable.destroy();
    }
  }

  async get(path: string, destination: string, options: GetOptions = {}): Promise<GetResult> {
    return this.#get(path, new FileTarget(destination), options);
  }

  async getBuffer(path: string, options: GetOptions = {}): Promise<GetResult & { readonly content: Uint8Array }> {
    const target = new MemoryTarget();
    const result = await this.#get(path, target, options);
    return { ...result, content: target.content };
  }

  getStream(path: string, options: GetOptions = {}): Readable {
    return readDownload(options.signal, (target, signal) => this.#get(path, target, { ...options, signal }));
  }

  async *list(path: string, { signal, prefix = '' }: ListOptions = {}): AsyncGenerator<Entry, void, undefined> {
    if (path !== '') throw this.#unsupported(`list '${path}'`, 'LIST names what is in the served folder itself');
    const { names } = await this.#exchanges.ask({ verb: 'LIST', name: '', title: 'list', signal });
    const inOrder = names!.map((name) => Buffer.from(name)).sort((a, b) => Buffer.compare(a, b));
    for (const bytes of inOrder) {
      const name = bytes.toString();
      if (name.startsWith(prefix)) yield { name, type: null, size: null, mtimeMs: null };
    }
  }

  async remove(path: string, { signal }: CallOptions = {}): Promise<void> {
    checkPath(path);
    checkName(path);
    await this.#exchanges.ask({ verb: 'DELETE', name: path, title: `remove of '${path}'`, signal });
  }

  async stat(path: string): Promise<FileStat> {
    return this.#refuse(`stat '${path}'`, 'it has no such request');
  }

  async rename(from: string): Promise<void> {
    return this.#refuse(`move '${from}'`, 'it has no such request');
  }

  async mkdir(path: string): Promise<void> {
    return this.#refuse(`make the folder '${path}'`, 'it has no such request');
  }

  async hash(path: string): Promise<HashResult> {
    return this.#refuse(`hash '${path}'`, 'it has no such request');
  }

  async putTree(localFolder: string, remoteFolder: string, options: PutTreeOptions = {}): Promise<TreeSummary> {
    checkTree(remoteFolder, options);
    checkLegacyPut(this.protocol, options);
    const { signal, verify } = options;
    const run = new TreeRun(this.#exchanges, options);
    const tasks = walkFolder(run, localFolder, remoteFolder, (remote) =>
      this.#refuse(`make the empty folder '${remote}'`, 'it has no such request'),
    );
    return run.transfer(tasks, (task, onProgress) => {
      checkPut(task.path, {});
      const source = new FileSource(task.localPath, this.#pool, { follow: false });
      return upload(this.#exchanges, source, task.path, { signal, verify, onProgress });
    });
  }

  async getTree(remoteFolder: string): Promise<TreeSummary> {
    return this.#refuse(`get the folder '${remoteFolder}'`, 'it has no way to list what is in a folder');
  }

  close(): Promise<void> {
    return this.#exchanges.close();
  }

  async #get(path: string, target: DownloadTarget, options: GetOptions): Promise<GetResult> {
    checkGet(path, options);
    checkName(path);
    checkLegacyGet(this.protocol, options);
    return download(this.#exchanges, path, target, options);
  }

  #unsupported(what: string, why: string): UnsupportedError {
    return unsupported(this.protocol, what, why);
  }

  #refuse(what: string, why: string): Promise<never> {
    return Promise.reject(this.#unsupported(what, why));
  }
}

/** @throws {ArgumentError} `bad-path` */
function checkName(path: string): void {
  if (path === '') throw new ArgumentError('bad-path', 'the remote path is empty: name a file');
}
