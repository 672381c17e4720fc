import { chunkCount, chunkLength } from '../../protocol/chunks.js';
import { SendCredit } from '../../protocol/credit.js';
import type { Frame } from '../../protocol/decoder.js';
import { type Hasher, rootPrefix } from '../../protocol/digest-tree.js';
import { ProtocolError } from '../../protocol/errors.js';
import { CHUNK_SIZE } from '../../protocol/limits.js';
import type { Algorithm } from '../../protocol/algorithms.js';
import { decodeMessage, type Message } from '../../protocol/messages.js';
import type { Download, FileInfo, OpenRequest, Slot } from '../storage/store.js';
import { hashOf } from '../workers/digests.js';
import { encodeFile, encodeRoot } from './answers.js';
import type { ServerStream, StreamHost } from './stream.js';

/** What of the file is still to be sent. */
interface Rest {
  readonly info: FileInfo;
  readonly download: Download;
  /** Index of the next chunk to read. */
  next: number;
  /** Index behind the last one. */
  readonly end: number;
  /** Gathers the leaves, in order; null when only a part of the file was asked for. */
  readonly root: Hasher | null;
}

/** What Downloads hands to the writer. */
export interface ReadChunk {
  readonly stream: number;
  readonly epoch: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly leaf: Uint8Array;
  readonly trailer?: Buffer;
}

/** A GET (P-7.7): state *sending* of P-4.5. Downloads decides when it may read. */
export class GetStream implements ServerStream {
  readonly id: number;

  readonly #host: StreamHost;
  readonly #get: Message<'get'>;
  readonly #credit: SendCredit;
  readonly #wake: (stream: GetStream) => void;
  readonly #withdraw: (stream: GetStream) => void;
  #rest: Rest | null = null;
  /** A read is under way. */
  #reading = false;
  /** Chunks that are with the writer. */
  #sending = 0;
  /** What ends the stream as soon as nothing is under way. */
  #final: Error | null = null;
  #finished = false;
  #opening = true;

  constructor(
    host: StreamHost,
    id: number,
    get: Message<'get'>,
    wake: (stream: GetStream) => void,
    withdraw: (stream: GetStream) => void,
  ) {
    this.id = id;
    this.#host = host;
    this.#get = get;
    this.#credit = new SendCredit(get.credit);
    this.#wake = wake;
    this.#withdraw = withdraw;
  }

  get owes(): boolean {
    return this.#opening || this.#credit.available > 0 || this.#sending > 0;
  }

  /** The next chunk may be read: there is credit, and nothing else is being read. */
  get canRead(): boolean {
    const rest = this.#rest;
    return (
      rest !== null && this.#final === null && !this.#reading && rest.next < rest.end && this.#credit.available > 0
    );
  }

  onFrame(frame: Frame): void {
    if (frame.name !== 'credit') throw new ProtocolError('wrong-state', `${frame.name.toUpperCase()} on a GET`);
    this.#credit.onCredit(frame.header.epoch, decodeMessage('credit', frame.meta).chunks);
    this.#wake(this);
  }

  cancel(error: ProtocolError): void {
    if (this.#opening || this.#rest !== null) this.end(error);
    else this.#withdraw(this);
  }

  openRequest(algorithm: Algorithm): OpenRequest {
    const { path, ifMatch, offset = 0, length, credit } = this.#get;
    const whole = offset === 0 && length === undefined;
    return { path, algorithm, ifMatch, eagerLimit: whole && credit > 0 ? CHUNK_SIZE : 0 };
  }

  /** The whole content was read when the file was opened. @returns false when the stream was ended meanwhile */
  onContent(): boolean {
    this.#opening = false;
    if (this.#final !== null) this.#settle();
    return !this.#finished;
  }

  /** It found no room and waits to be opened again. @returns false when the stream was ended meanwhile */
  onLater(): boolean {
    if (this.#final === null) return true;
    this.onUnopened();
    return false;
  }

  onContentSent(sent: boolean): void {
    this.#finished = true;
    // RESULT left right behind the chunk.
    this.#host.finish(this, sent ? null : new ProtocolError('cancelled', 'the client cancelled'));
  }

  onOpen(info: FileInfo, download: Download): void {
    this.#opening = false;
    const { offset = 0, length } = this.#get;
    const { size } = info;
    const last = length === undefined ? size : Math.min(size, offset + length);
    const next = Math.floor(offset / CHUNK_SIZE);
    const end = Math.max(next, chunkCount(last));
    const whole = next === 0 && end === chunkCount(size);
    this.#rest = { info, download, next, end, root: whole ? this.#rootHasher(size) : null };
    if (this.#final !== null) return this.#settle();
    if (offset > 0 && offset >= size) {
      return this.end(new ProtocolError('bad-range', `the range begins at ${offset}, the file has ${size} bytes`));
    }
    const begin = next * CHUNK_SIZE;
    this.#host.send(encodeFile(this.id, info, begin, Math.min(size, end * CHUNK_SIZE) - begin));
    if (next === end) void this.#finishEmpty(this.#rest);
  }

  /** Reads the next chunk. @returns null when there is nothing to send: the stream has ended or is ending */
  async read(slot: Slot): Promise<ReadChunk | null> {
    const rest = this.#rest!;
    const chunk = rest.next;
    this.#reading = true;
    rest.next += 1;
    this.#credit.charge();
    try {
      const { length, leaf } = await rest.download.read(chunk, slot);
      if (length !== chunkLength(rest.info.size, chunk)) throw sourceChanged();
      rest.root?.update(leaf);
      const last = rest.next === rest.end;
      if (last) await rest.download.verifyUnchanged();
      this.#reading = false;
      if (this.#final !== null) {
        this.#settle();
        return null;
      }
      this.#sending += 1;
      const bytes = slot.bytes.subarray(0, length);
      const place = { stream: this.id, epoch: this.#credit.epoch, offset: chunk * CHUNK_SIZE, bytes, leaf };
      return last ? { ...place, trailer: encodeRoot(this.id, rest.root?.digest()) } : place;
    } catch (error) {
      this.#reading = false;
      this.end(error as Error);
      return null;
    }
  }

  onFailed(error: Error): void {
    this.#opening = false;
    if (this.#final === null) this.end(error);
    else this.#settle();
  }

  /** It ended while it waited to be opened. */
  onUnopened(): void {
    this.#opening = false;
    this.#settle();
  }

  /**
   * A chunk that `read` gave is with the kernel, or withdrawn.
   * @param whole it was the last, and RESULT left right behind it
   */
  onSent(whole: boolean): void {
    this.#sending -= 1;
    if (whole) this.#close(null);
    else this.#settle();
  }

  end(error: Error): void {
    if (this.#final !== null || this.#finished) return;
    this.#final = error;
    this.#withdraw(this);
    this.#settle();
  }

  #rootHasher(size: number): Hasher {
    const { algorithm } = this.#host;
    return hashOf(algorithm).begin().update(rootPrefix(algorithm, size));
  }

  async #finishEmpty({ root, download }: Rest): Promise<void> {
    try {
      await download.verifyUnchanged();
      if (this.#final === null) this.#close(encodeRoot(this.id, root?.digest()));
    } catch (error) {
      this.end(error as Error);
    }
  }

  /** Ends the stream if nothing of it is under way: the final frame then is the last of it. */
  #settle(): void {
    if (this.#final === null || this.#opening || this.#reading || this.#sending > 0) return;
    this.#close(this.#final);
  }

  #close(final: Buffer | Error | null): void {
    if (this.#finished) return;
    this.#finished = true;
    // A file that can't be closed costs nobody the final frame.
    const closed = this.#rest?.download.close().catch(() => undefined) ?? Promise.resolve();
    void closed.then(() => this.#host.finish(this, final));
  }
}

const sourceChanged = (): ProtocolError =>
  new ProtocolError('source-changed', 'the file became shorter while it was read');
