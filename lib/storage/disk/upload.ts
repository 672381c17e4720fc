import { randomBytes } from 'node:crypto';
import { chunkCount, chunkLength } from '../../../protocol/chunks.js';
import { ProtocolError } from '../../../protocol/errors.js';
import { CHUNK_SIZE } from '../../../protocol/limits.js';
import { splitPath } from '../../../protocol/names.js';
import type { PathQueue } from '../path-queue.js';
import type { BeginOptions, Published, Region, Upload, WriteOutcome } from '../store.js';
import { carry, digestBytes, digestText } from './carry.js';
import { ChunkSet } from './chunk-set.js';
import { ChunkWriter } from './chunk-writer.js';
import { DurableWrites, type SyncPolicy } from './durable-writes.js';
import { modeOf, type EagerQueue } from './eager-queue.js';
import type { Lanes } from './lanes.js';
import type { PartialFile } from './tasks.js';

export interface UploadContext {
  readonly lanes: Lanes;
  readonly paths: PathQueue;
  readonly durable: boolean;
  readonly sync: SyncPolicy;
  readonly eager: EagerQueue;
  /** Called once when nothing of the upload is left to do. */
  readonly onEnd: (upload: DiskUpload) => void;
}

/** Chunks on their way into a partial file, in any order (R6, R11, R12). */
export class DiskUpload implements Upload {
  onDurable: ((chunks: readonly number[]) => void) | null = null;

  readonly #options: BeginOptions;
  readonly #context: UploadContext;
  /** Made with the first chunk. */
  #partial: Promise<PartialFile> | undefined;
  #writer: Promise<ChunkWriter> | undefined;
  readonly #written = new ChunkSet();
  /** Chunks being written. The files are closed only when none is: a descriptor can be another file's the next moment. */
  readonly #underWay = new Map<number, Promise<unknown>>();
  /** Of a file of one chunk, which has no leaves file. */
  #onlyLeaf = '';
  /** Bytes, once a short chunk or PutOptions told. */
  #size: number | undefined;
  /** The greatest chunk index seen. */
  #last = -1;
  #failure: ProtocolError | undefined;
  #ending: Promise<unknown> | undefined;
  readonly #syncs: DurableWrites | undefined;

  constructor(options: BeginOptions, context: UploadContext) {
    this.#options = options;
    this.#context = context;
    this.#size = options.size;
    if (context.durable) {
      this.#syncs = new DurableWrites(
        context.sync,
        async () => context.lanes.sync.run('syncPartial', await this.#partial!),
        (chunks) => this.onDurable?.(chunks),
        (error) => this.#fail(error),
      );
    }
  }

  async write(chunk: number, content: Region, leaf: Uint8Array | null): Promise<WriteOutcome> {
    this.#refuseEnded();
    this.#checkPlace(chunk, content.length);
    const text = leaf && digestText(leaf);
    // The same chunk twice at a time: the second is held to what became of the first.
    for (let other = this.#underWay.get(chunk); other !== undefined; other = this.#underWay.get(chunk)) {
      await other.catch(() => undefined);
      this.#refuseEnded();
    }
    const work = this.#written.has(chunk) ? this.#compare(chunk, text) : this.#write(chunk, content, text);
    this.#underWay.set(chunk, work);
    try {
      return await work;
    } finally {
      this.#underWay.delete(chunk);
    }
  }

  park(chunk: number, content: Region): Promise<void> {
    return this.#move(chunk, async (file) => {
      const { lanes } = this.#context;
      await lanes.data.run('parkChunk', { file, chunk, content: carry(lanes.runtime, content) });
    });
  }

  unpark(chunk: number, { slot, offset, length }: Region): Promise<void> {
    return this.#move(chunk, async (file) => {
      const { lanes } = this.#context;
      const index = lanes.runtime === 'threads' ? slot.index : -1;
      const bytes = await lanes.data.run('unparkChunk', { file, chunk, slot: index, offset, length });
      if (bytes !== null) slot.bytes.set(bytes, offset);
    });
  }

  commit(size: number, root: Uint8Array | null, path?: string): Promise<Published> {
    if (this.#ending !== undefined) return Promise.reject(this.#failure ?? ended());
    const commit = this.#commit(size, root, path ?? this.#options.path);
    this.#ending = commit.catch(() => undefined);
    return commit;
  }

  get takesWhole(): boolean {
    const { lanes, paths } = this.#context;
    const { path, size = Infinity } = this.#options;
    // To processes a chunk goes by memory that they share, a batch of files as a message.
    if (lanes.runtime === 'processes' || this.#partial !== undefined) return false;
    return path !== null && size <= CHUNK_SIZE && paths.isFree(path);
  }

  async writeWhole(content: Region, leaf: Uint8Array, root: Uint8Array): Promise<Published | 'corrupt'> {
    this.#refuseEnded();
    this.#checkPlace(0, content.length);
    const work = this.#putWhole(content, leaf, root);
    this.#ending = work.catch(() => undefined);
    const outcome = await work;
    if (outcome === 'corrupt') this.#ending = undefined;
    return outcome;
  }

  async abort(): Promise<void> {
    const ending = (this.#ending ??= this.#drop());
    await ending;
    // It was a whole file that turned out to be corrupt: nothing has ended.
    if (this.#ending !== ending) await this.abort();
  }

  async #write(chunk: number, content: Region, leaf: string | null): Promise<WriteOutcome> {
    try {
      await this.#syncs?.room();
      const writer = await (this.#writer ??= this.#openWriter());
      const written = await writer.write(chunk, content, leaf);
      if (written === null) return 'corrupt';
      if (!this.#hasLeaves) this.#onlyLeaf = written;
      this.#written.add(chunk);
      this.#syncs?.written(chunk, content.length);
      return 'written';
    } catch (error) {
      this.#fail(error as ProtocolError);
      throw error;
    }
  }

  async #putWhole(content: Region, leaf: Uint8Array, root: Uint8Array): Promise<Published | 'corrupt'> {
    const { eager, onEnd } = this.#context;
    let outcome: Published | 'corrupt' | undefined;
    try {
      const path = checkedPath(this.#options.path);
      const size = content.length;
      return (outcome = await eager.put({ ...this.#options, path, size, leaf, root }, content));
    } finally {
      if (outcome !== 'corrupt') onEnd(this);
    }
  }

  async #move(chunk: number, move: (file: PartialFile) => Promise<void>): Promise<void> {
    this.#refuseEnded();
    const work = this.#open().then(move);
    this.#underWay.set(chunk, work);
    try {
      await work;
    } catch (error) {
      this.#fail(error as ProtocolError);
      throw error;
    } finally {
      this.#underWay.delete(chunk);
    }
  }

  /** P-6.4. */
  async #compare(chunk: number, leaf: string | null): Promise<WriteOutcome> {
    const { lanes } = this.#context;
    const before = this.#hasLeaves
      ? await lanes.data.run('readLeaf', { file: await this.#open(), chunk })
      : this.#onlyLeaf;
    if (before === leaf) return 'written';
    throw new ProtocolError('digest-mismatch', `chunk ${chunk} was written already, with another leaf`);
  }

  get #hasLeaves(): boolean {
    return this.#options.size === undefined || this.#options.size > CHUNK_SIZE;
  }

  async #openWriter(): Promise<ChunkWriter> {
    const file = await this.#open();
    const { algorithm } = this.#options;
    return new ChunkWriter(this.#context.lanes, { file, hasLeaves: this.#hasLeaves, algorithm });
  }

  #open(): Promise<PartialFile> {
    const { lanes } = this.#context;
    return (this.#partial ??= lanes.data.run('createPartial', {
      name: randomBytes(16).toString('hex'),
      mode: modeOf(this.#options),
      leaves: this.#hasLeaves,
      keepOpen: lanes.runtime === 'threads',
    }));
  }

  async #commit(size: number, root: Uint8Array | null, path: string | null): Promise<Published> {
    const { lanes, paths, durable, onEnd } = this.#context;
    const { algorithm, ifAbsent, ifMatch, mtimeMs } = this.#options;
    let file: PartialFile;
    let named: string;
    try {
      await this.#settle();
      this.#refuseFailed();
      this.#checkWhole(size);
      named = checkedPath(path);
      file = await this.#open();
    } catch (error) {
      await this.#drop().catch(() => undefined);
      throw error;
    }
    try {
      const { root: digest, ...stats } = await paths.run([named], () =>
        lanes.for(durable).run('finishUpload', {
          file,
          leaves: this.#hasLeaves ? undefined : this.#onlyLeaf,
          algorithm,
          size,
          root: root && digestText(root),
          publishing: { path: named, mode: modeOf(this.#options), mtimeMs, ifAbsent, ifMatch, durable },
        }),
      );
      return { size, ...stats, root: digestBytes(digest), durable };
    } finally {
      onEnd(this);
    }
  }

  /** Waits for all that uses the files. */
  async #settle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay.values());
    await this.#syncs?.end();
  }

  async #drop(): Promise<void> {
    await this.#settle();
    try {
      // A partial that couldn't be made needs no removal.
      const file = await this.#partial?.catch(() => undefined);
      if (file !== undefined) await this.#context.lanes.data.run('dropPartial', file);
    } finally {
      this.#context.onEnd(this);
    }
  }

  /** The first failure ends the upload for good; what is on the disk goes as soon as nobody uses it. */
  #fail(error: ProtocolError): void {
    this.#failure ??= error;
    // A removal that fails too has nobody to tell; what is left goes at the next start.
    this.abort().catch(() => undefined);
  }

  #refuseEnded(): void {
    this.#refuseFailed();
    if (this.#ending !== undefined) throw ended();
  }

  #refuseFailed(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Only a file's last chunk is short (P-6.4); where the size is unknown a short chunk tells it. */
  #checkPlace(chunk: number, length: number): void {
    const size = this.#size ?? (length < CHUNK_SIZE ? chunk * CHUNK_SIZE + length : undefined);
    const fits =
      size === undefined ||
      (chunk < chunkCount(size) && chunkLength(size, chunk) === length && this.#last < chunkCount(size));
    if (!fits || length < 1 || length > CHUNK_SIZE) {
      throw new ProtocolError('size-mismatch', `a chunk ${chunk} of ${length} bytes does not fit the file's size`);
    }
    this.#size = size;
    this.#last = Math.max(this.#last, chunk);
  }

  #checkWhole(size: number): void {
    if (this.#size !== undefined && this.#size !== size) {
      throw new ProtocolError('size-mismatch', `${size} bytes were committed, the file has ${this.#size}`);
    }
    const { count } = this.#written;
    if (count !== chunkCount(size) || this.#last >= count || (this.#size === undefined && size % CHUNK_SIZE !== 0)) {
      throw new ProtocolError('size-mismatch', `${count} of the ${chunkCount(size)} chunks were written`);
    }
  }
}

const ended = (): ProtocolError => new ProtocolError('cancelled', 'the upload is over');

/** @throws {ProtocolError} `bad-path`, `reserved-name` */
function checkedPath(path: string | null): string {
  if (path === null) throw new ProtocolError('bad-path', 'the upload has no name');
  splitPath(path);
  return path;
}
