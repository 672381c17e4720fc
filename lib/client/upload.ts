import { chunkCount } from '../../protocol/chunks.js';
import { SendCredit } from '../../protocol/credit.js';
import type { Frame } from '../../protocol/decoder.js';
import { LeafList, leafDigest, rootDigest } from '../../protocol/digest-tree.js';
import { ProtocolError } from '../../protocol/errors.js';
import { CHUNK_SIZE, DIGEST_SIZE } from '../../protocol/limits.js';
import { AckGrade, decodeMessage, encodeFrame, type Message } from '../../protocol/messages.js';
import type { Complete, PutOptions, PutResult } from './api.js';
import { notify } from './arguments.js';
import { IntegrityError, LocalFileError } from './errors.js';
import { Operation, type Settle, unexpected, type Waiting } from './operation.js';
import type { Session } from './session.js';
import { BufferSource, type UploadSource } from './upload-source.js';

/**
 * Chunks that the server is asked to have room for at one time (P-5.7): what 1 Gbit/s has under way in 200 ms, and some that are being filled and
 * written. A chunk that is granted and not used costs the server no memory but the promise.
 */
const WANT = 32;
/** Chunks of one upload that are being read or are with the writer. */
const READ_AHEAD = 4;

/** A chunk that was given to the writer and is not accepted yet. */
interface Sent {
  readonly epoch: number;
  /** The writer still has it: it may yet be withdrawn. */
  withWriter: boolean;
  /** The server asked for it again (P-6.6). */
  refused: boolean;
}

/** One PUT: an eager chunk, or chunks against credit, then COMMIT (P-7.5). */
export class Upload extends Operation<Complete<PutResult>> {
  readonly #path: string;
  #source: UploadSource;
  readonly #options: PutOptions;
  readonly #credit = new SendCredit();
  readonly #leaves = new LeafList();
  /** Index of the first chunk that was never sent. */
  #next = 0;
  /** Chunks to send again. */
  readonly #again: number[] = [];
  readonly #sent = new Map<number, Sent>();
  #reading = 0;
  #withWriter = 0;
  /** What the server was told last (P-5.7). */
  #want = 0;
  #root: Uint8Array | undefined;
  /** COMMIT has left, or an eager PUT needs none. */
  #committed = false;
  #acceptedChunks = 0;

  constructor(
    session: Session,
    source: UploadSource,
    path: string,
    options: PutOptions,
    settle: Settle<Complete<PutResult>>,
  ) {
    super(session, options.signal, settle);
    this.#source = source;
    this.#path = path;
    this.#options = options;
  }

  get title(): string {
    return `put of '${this.#path}'`;
  }

  get waiting(): Waiting {
    if (this.#withWriter > 0) return 'sending';
    if (this.#committed || this.#sent.size > 0) return 'server';
    return this.#toSend > 0 && this.#credit.available === 0 ? 'server' : 'self';
  }

  protected onTurn(): void {
    const { session } = this;
    this.#source.open(session.hash);
    const content = this.#source.whole(session.hello.eager);
    if (content === undefined) return this.#begin();
    // What it is now, before the source becomes a buffer.
    const request = this.#request();
    // From here on the content is in memory, should it be asked for again.
    this.#source.close();
    this.#source = new BufferSource(content);
    if (content.length > 0) this.#leaves.set(0, leafDigest(session.hash, content));
    this.#root = this.#rootOf(content.length);
    session.turns.takeAllowance(this, content.length, () => this.#sendEagerly(request, content));
  }

  onFrame(frame: Frame): void {
    switch (frame.name) {
      case 'credit':
        return this.#onCredit(frame.header.epoch, decodeMessage('credit', frame.meta).chunks);
      case 'ack':
        return this.#onAck(decodeMessage('ack', frame.meta));
      case 'resend':
        return this.#onResend(decodeMessage('resend', frame.meta));
      case 'result':
        return this.#onResult(decodeMessage('putResult', frame.meta));
      default:
        throw unexpected(frame.name);
    }
  }

  protected release(): void {
    this.#source.close();
  }

  /** Chunks that can be sent as soon as there is credit. */
  get #toSend(): number {
    const { size, available } = this.#source;
    const known = Math.min(available, size === undefined ? Infinity : chunkCount(size));
    return this.#again.length + known - this.#next;
  }

  #request(): Message<'put'> {
    const { ifAbsent, ifMatch, mode = this.#source.mode, mtimeMs = this.#source.mtimeMs } = this.#options;
    const { size } = this.#source;
    // All fields from the start: for one that is spread into a longer one, V8 made a new hidden class for each upload.
    return { path: this.#path, size, mode, mtimeMs, ifAbsent, ifMatch, want: undefined, root: undefined };
  }

  /** P-5.9. The allowance has room for it. */
  #sendEagerly(request: Message<'put'>, content: Uint8Array): void {
    request.root = this.#root;
    this.stream = this.session.open(this, 'put', request, content.length);
    this.#committed = true;
    this.#next = chunkCount(content.length);
    if (content.length > 0) this.#give(0, content, this.#leaves.bytes);
  }

  #begin(): void {
    const request = this.#request();
    request.want = this.#want = Math.min(WANT, this.#toSend);
    this.stream = this.session.open(this, 'put', request);
    this.#source.watch((error) => {
      if (error === undefined) this.#pump();
      else this.fail(error);
    });
    this.#pump();
  }

  /** Sends what credit allows, asks for more where there is more, and commits behind the last chunk. */
  #pump(): void {
    while (!this.settled && this.#toSend > 0 && this.#credit.available > this.#reading && this.#hasRoom) {
      const again = this.#again.shift();
      const index = again ?? this.#next++;
      this.#reading += 1;
      this.#source.chunk(index, (error, bytes, leaf) => {
        this.#reading -= 1;
        if (error !== undefined) this.fail(error);
        else this.#onChunk(index, again !== undefined, bytes, leaf ?? leafDigest(this.session.hash, bytes));
      });
    }
    if (this.settled) return;
    this.#tellWant();
    this.#commitIfComplete();
  }

  get #hasRoom(): boolean {
    return this.#reading + this.#withWriter < READ_AHEAD;
  }

  /** Grants only answer a want, and a new epoch has forgotten it. */
  #tellWant(): void {
    const lacking = this.#toSend + this.#reading - this.#credit.available;
    const want = Math.min(WANT, this.#toSend + this.#reading + this.#sent.size);
    if (lacking <= 0 || want <= this.#want) return;
    this.#want = want;
    this.stream?.send('want', { chunks: want });
  }

  #onChunk(index: number, again: boolean, bytes: Uint8Array, leaf: Uint8Array): void {
    if (again && Buffer.compare(leaf, this.#leafOf(index)) !== 0) {
      this.#source.sent(bytes);
      const why = `the content for '${this.#path}' changed while it was sent; nothing was published`;
      return this.fail(new LocalFileError('source-changed', this.#path, why));
    }
    this.#leaves.set(index, leaf);
    if (this.#credit.available > 0) {
      this.#credit.charge();
      this.#giveWithCommit(index, bytes, leaf);
    } else {
      // An epoch ended while it was read.
      this.#source.sent(bytes);
      this.#again.unshift(index);
    }
    this.#pump();
  }

  #leafOf(index: number): Uint8Array {
    return this.#leaves.bytes.subarray(index * DIGEST_SIZE, (index + 1) * DIGEST_SIZE);
  }

  /** COMMIT leaves right behind the last chunk, so that the server can take both in one step. */
  #giveWithCommit(index: number, bytes: Uint8Array, leaf: Uint8Array): void {
    if (this.#committed || this.#toSend > 0 || this.#reading > 0) return this.#give(index, bytes, leaf);
    let message: Message<'commit'> | undefined;
    try {
      message = this.#completed();
    } catch (error) {
      this.#source.sent(bytes);
      return this.fail(error as Error);
    }
    this.#committed = message !== undefined;
    this.#give(index, bytes, leaf, message && encodeFrame('commit', message, { stream: this.stream!.id }));
  }

  #give(index: number, bytes: Uint8Array, leaf: Uint8Array, commit?: Buffer): void {
    const sent: Sent = { epoch: this.#credit.epoch, withWriter: true, refused: false };
    this.#sent.set(index, sent);
    this.#withWriter += 1;
    this.stream!.sendChunk({
      epoch: sent.epoch,
      offset: index * CHUNK_SIZE,
      bytes,
      leaf,
      trailer: commit,
      onDone: (whole) => {
        this.#withWriter -= 1;
        if (commit !== undefined && !whole) this.#committed = false;
        this.#source.sent(bytes);
        sent.withWriter = false;
        // The final frame takes back what had not left: that must not begin again.
        if (this.settled || !this.stream!.open) return;
        const accepted = this.#sent.get(index) !== sent;
        if (!accepted && (!whole || sent.refused)) this.#sendAgain(index);
        this.#pump();
      },
    });
  }

  #sendAgain(index: number): void {
    this.#sent.delete(index);
    this.#again.push(index);
  }

  #onCredit(epoch: number, chunks: number): void {
    if (this.#credit.onCredit(epoch, chunks)) {
      this.#want = 0;
      this.stream!.withdraw();
    }
    this.#pump();
  }

  #onAck({ grade, chunks }: Message<'ack'>): void {
    for (let i = 0; i < chunks.length; i += 2) {
      const first = chunks[i]!;
      const end = first + chunks[i + 1]!;
      if (end > this.#next) throw new ProtocolError('wrong-state', `ACK of chunk ${end - 1}, which was not sent`);
      // Over what is under way, not over the range, which is as long as the server says.
      for (const index of this.#sent.keys()) {
        if (index >= first && index < end && this.#sent.delete(index)) this.#acceptedChunks += 1;
      }
      if (grade >= AckGrade.written) this.#source.accepted(first, end);
    }
    const { size } = this.#source;
    const bytes = Math.min(this.#acceptedChunks * CHUNK_SIZE, size ?? Infinity);
    notify(this.#options.onProgress, { bytes, total: size });
    this.#pump();
  }

  #onResend({ offset, epoch }: Message<'resend'>): void {
    const index = offset / CHUNK_SIZE;
    const sent = this.#sent.get(index);
    if (sent?.epoch !== epoch) return;
    if (epoch === 0) {
      this.session.returnAllowance(this.stream!);
      this.#want = 1;
    }
    if (sent.withWriter) sent.refused = true;
    else this.#sendAgain(index);
    this.#pump();
  }

  /** P-7.5: behind the last chunk; a chunk that is asked for again may still follow. */
  #commitIfComplete(): void {
    if (this.#committed || this.#source.size === undefined || this.stream === undefined) return;
    if (this.#toSend > 0 || this.#reading > 0 || this.#withWriter > 0) return;
    try {
      this.stream.send('commit', this.#completed()!);
      this.#committed = true;
    } catch (error) {
      this.fail(error as Error);
    }
  }

  /**
   * Everything was read, and all leaves are there. @returns undefined while the size isn't known
   * @throws {LocalFileError} `source-changed`
   */
  #completed(): Message<'commit'> | undefined {
    const { size } = this.#source;
    if (size === undefined) return undefined;
    this.#source.verifyUnchanged();
    this.#root = this.#rootOf(size);
    return { size, root: this.#root };
  }

  #rootOf(size: number): Uint8Array {
    const { hash, algorithm } = this.session;
    return rootDigest(hash, algorithm, size, this.#leaves.bytes);
  }

  #onResult({ root, size, mtimeMs, version, durable }: Message<'putResult'>): void {
    if (!this.#committed) throw new ProtocolError('wrong-state', 'RESULT of a PUT before its COMMIT');
    if (size !== this.#source.size || Buffer.compare(root, this.#root!) !== 0) {
      return this.fail(new IntegrityError(`the server published other content at '${this.#path}' than was sent`));
    }
    if (size > 0) notify(this.#options.onProgress, { bytes: size, total: size });
    const { algorithm } = this.session;
    const hex = Buffer.from(root).toString('hex');
    this.succeed({ path: this.#path, size, mtimeMs, algorithm, root: hex, version, durable });
  }
}
