import type { Frame } from '../../protocol/decoder.js';
import { LeafList, leafDigest, rootDigest } from '../../protocol/digest-tree.js';
import { ProtocolError } from '../../protocol/errors.js';
import { CHUNK_SIZE } from '../../protocol/limits.js';
import { decodeMessage } from '../../protocol/messages.js';
import type { Complete, GetOptions, GetResult } from './api.js';
import { notify } from './arguments.js';
import { type Arrived, ChunkArrival } from './chunk-arrival.js';
import { DownloadMemory } from './download-memory.js';
import { DownloadPlan } from './download-plan.js';
import { type DownloadTarget, type FileInfo, MemoryTarget } from './download-target.js';
import { IntegrityError, toError } from './errors.js';
import { Operation, type Settle, unexpected, type Waiting } from './operation.js';
import type { Session } from './session.js';
import { SMALL } from './small.js';

/** How often a corrupt chunk is fetched again (P-6.7). */
const MAX_FETCHES_AGAIN = 3;

export interface DownloadRequest extends GetOptions {
  readonly path: string;
  /** Bytes that the file is expected to have, from a listing. */
  readonly expected?: number | undefined;
  /** A corrupt chunk is an error at once. */
  readonly onlyOnce?: boolean;
}

/** One GET: FILE, the chunks in order, RESULT (P-7.7); every chunk verified, then the root. */
export class Download extends Operation<Complete<GetResult>> {
  readonly #request: DownloadRequest;
  readonly #target: DownloadTarget;
  readonly #memory: DownloadMemory;
  /** Bytes of a file that comes in one frame and needs no memory of its own. */
  readonly #small: number;
  readonly #leaves = new LeafList();
  #info: FileInfo | undefined;
  #plan: DownloadPlan | undefined;
  #arrival: ChunkArrival | undefined;
  /** The root that the server told; null when it told none. */
  #told: Uint8Array | null | undefined;
  /** Writes and further fetches under way. */
  #pending = 0;
  #bytesDone = 0;
  readonly #fetches = new Set<Download>();
  /** Chunks that came before one that must be fetched again, for targets that take them in order only. */
  readonly #held = new Map<number, { readonly bytes: Uint8Array; readonly whenDone: () => void }>();
  #nextToWrite = 0;

  constructor(session: Session, request: DownloadRequest, target: DownloadTarget, settle: Settle<Complete<GetResult>>) {
    super(session, request.signal, settle);
    this.#request = request;
    this.#target = target;
    this.#small = Math.min(SMALL, session.hello.fragment);
    const options = { keeps: target.keeps, small: this.#small, expected: request.expected };
    this.#memory = new DownloadMemory(session.pool, options, (limit) => this.stream?.send('credit', { chunks: limit }));
  }

  get title(): string {
    return `get of '${this.#request.path}'`;
  }

  get waiting(): Waiting {
    const arrival = this.#arrival;
    const owed = arrival === undefined || arrival.complete || arrival.filling !== undefined;
    return owed || this.#memory.credit.unused > 0 ? 'server' : 'self';
  }

  protected onTurn(): void {
    this.#memory.begin(() => {
      try {
        this.#ask();
      } catch (error) {
        this.fail(toError(error));
      }
    });
  }

  #ask(): void {
    // Whoever waited for memory was neither in a queue for turns nor on a stream when the connection ended.
    if (this.session.refusal !== undefined) throw this.session.refusal;
    const { path, range, ifMatch } = this.#request;
    this.stream = this.session.open(this, 'get', {
      path,
      credit: this.#memory.credit.limit,
      offset: range?.first,
      length: range?.last === undefined ? undefined : range.last - range.first + 1,
      ifMatch,
    });
  }

  onFrame({ name, meta }: Frame): void {
    if (name === 'file' && this.#info === undefined) this.#onFile(decodeMessage('file', meta));
    else if (name === 'result' && this.#info !== undefined) this.#onResult(decodeMessage('getResult', meta).root);
    else throw unexpected(name);
  }

  override onData(frame: Frame): Uint8Array | null {
    if (this.#arrival === undefined) throw unexpected('data');
    return this.#arrival.onData(frame, (length, single) => {
      // Written before the next frame is read, so that all small files of a client can use one place.
      if (single && length <= this.#small && !this.#target.keeps && this.#plan!.chunks === 1)
        return this.session.scratch(length);
      return this.#memory.take(length);
    });
  }

  override onPayload(): void {
    const arrived = this.#arrival!.onPayload(this.session.hash);
    if (arrived !== undefined) this.#onChunk(arrived);
  }

  protected release(error: Error | undefined): void {
    const { filling, underWay = false } = this.#arrival ?? {};
    this.#memory.close(filling, underWay);
    for (const fetch of this.#fetches) fetch.fail(error ?? new Error('it is not needed any more'));
    if (error !== undefined && this.#info !== undefined) this.#target.abort(error);
  }

  #onFile(info: FileInfo): void {
    const plan = new DownloadPlan(info, this.#request.range);
    this.#info = info;
    this.#plan = plan;
    this.#nextToWrite = plan.firstChunk;
    this.#arrival = new ChunkArrival(plan, this.#memory.credit);
    try {
      this.#target.begin(info, plan.wanted);
    } catch (error) {
      return this.fail(toError(error));
    }
    this.#memory.expect(plan.chunks, plan.bytes);
  }

  #onChunk({ chunk, bytes, leaf, right }: Arrived): void {
    if (!right) {
      this.#memory.give(bytes);
      this.#pending += 1;
      return this.#fetchAgain(chunk, 1);
    }
    this.#leaves.set(chunk - this.#plan!.firstChunk, leaf);
    this.#deliver(chunk, bytes, () => this.#memory.give(bytes));
  }

  #fetchAgain(chunk: number, attempt: number): void {
    const { path, onlyOnce } = this.#request;
    const corrupt = new IntegrityError(
      `'${path}': the chunk at ${chunk * CHUNK_SIZE} does not have its digest` +
        (onlyOnce ? '' : `, and did not after ${MAX_FETCHES_AGAIN} more attempts`),
    );
    if (onlyOnce || attempt > MAX_FETCHES_AGAIN) return this.fail(corrupt);
    const first = chunk * CHUNK_SIZE;
    const range = { first, last: first + this.#plan!.chunkLength(chunk) - 1 };
    const target = new MemoryTarget();
    const request = { path, range, ifMatch: this.#info!.version, onlyOnce: true };
    const fetch = new Download(this.session, request, target, (error) => {
      this.#fetches.delete(fetch);
      if (this.settled) return;
      if (error instanceof IntegrityError) return this.#fetchAgain(chunk, attempt + 1);
      if (error !== undefined) return this.fail(error);
      const { content } = target;
      this.#pending -= 1;
      this.#leaves.set(chunk - this.#plan!.firstChunk, leafDigest(this.session.hash, content));
      this.#deliver(chunk, content, () => undefined);
    });
    this.#fetches.add(fetch);
    fetch.start({ first: true });
  }

  #deliver(chunk: number, bytes: Uint8Array, whenDone: () => void): void {
    if (!this.#target.ordered) return this.#write(chunk, bytes, whenDone);
    this.#held.set(chunk, { bytes, whenDone });
    for (let next = this.#held.get(this.#nextToWrite); next; next = this.#held.get(this.#nextToWrite)) {
      this.#held.delete(this.#nextToWrite);
      this.#write(this.#nextToWrite++, next.bytes, next.whenDone);
    }
  }

  #write(chunk: number, bytes: Uint8Array, whenDone: () => void): void {
    const wanted = this.#plan!.trim(chunk, bytes);
    this.#pending += 1;
    this.#target.write(wanted.bytes, wanted.position, (error) => {
      whenDone();
      if (this.settled) return;
      if (error !== undefined) return this.fail(error);
      this.#pending -= 1;
      this.#bytesDone += wanted.bytes.length;
      notify(this.#request.onProgress, { bytes: this.#bytesDone, total: this.#plan!.wanted });
      this.#finishIfComplete();
    });
  }

  #onResult(root: Uint8Array | undefined): void {
    if (!this.#arrival!.complete) throw new ProtocolError('wrong-state', 'RESULT of a GET before all of its chunks');
    if (this.#plan!.whole && root === undefined) throw new ProtocolError('bad-message', 'RESULT without the root');
    this.#told = root ?? null;
    this.#finishIfComplete();
  }

  #finishIfComplete(): void {
    const [told, info, plan] = [this.#told, this.#info!, this.#plan!];
    if (told === undefined || this.#pending > 0) return;
    const { hash, algorithm } = this.session;
    const { path } = this.#request;
    if (plan.whole && told !== null) {
      const root = rootDigest(hash, algorithm, plan.size, this.#leaves.bytes);
      if (Buffer.compare(root, told) !== 0) {
        return this.fail(new IntegrityError(`'${path}': what arrived does not have the file's root digest`));
      }
    }
    try {
      this.#target.finish();
    } catch (error) {
      return this.fail(toError(error));
    }
    const { size, mtimeMs, mode, version } = info;
    const root = plan.whole && told !== null ? Buffer.from(told).toString('hex') : undefined;
    this.succeed({ path, size, mtimeMs, mode, algorithm, root, version });
  }
}
