import { chunkCount, FragmentOrder, type FragmentPlace } from '../../protocol/chunks.js';
import { CreditWindow, ReceiveCredit } from '../../protocol/credit.js';
import type { Frame } from '../../protocol/decoder.js';
import { ProtocolError } from '../../protocol/errors.js';
import { FrameFlag, readDataMeta } from '../../protocol/frame.js';
import { CHUNK_SIZE, MAX_DIGEST_REFUSALS } from '../../protocol/limits.js';
import { decodeMessage, encodeFrame, type Message } from '../../protocol/messages.js';
import type { Published, Slot, Upload } from '../storage/store.js';
import { Acknowledgements } from './acknowledgements.js';
import { ShortChunk } from './short-chunk.js';
import type { ReceivingStream, StreamHost } from './stream.js';
import type { Lease, Owner, SlotTaker, UploadSlots } from './upload-slots.js';

/** The chunk whose fragments are arriving. */
interface Filling {
  readonly slot: Slot;
  readonly chunk: number;
  /** Bytes that are in place, by whole fragments. */
  bytes: number;
  /** What `bytes` will be when the fragment under way is in place. */
  end: number;
  /** Set by the last fragment. */
  leaf: Uint8Array | null;
}

/**
 * An upload against credit: states *receiving* and *committing* of P-4.5. It owns the order of things (fragments, credit,
 * what was refused, when to commit); bytes go from the socket into a slot and from there to the store.
 */
export class PutStream implements ReceivingStream, SlotTaker {
  readonly id: number;

  readonly #host: StreamHost;
  readonly #slots: UploadSlots;
  readonly #lease: Lease;
  readonly #size: number | undefined;
  readonly #order: FragmentOrder;
  readonly #credit = new ReceiveCredit(1);
  readonly #window = new CreditWindow();
  readonly #acknowledgements: Acknowledgements;
  #want: number;
  #upload: Upload | null = null;
  /** Settles when the store has answered `begin`; never rejects. */
  readonly #begun: Promise<void>;
  #filling: Filling | null = null;
  /** Chunks that are with the store. */
  #writing = 0;
  /** Chunks that were begun and neither refused nor revoked: no more are granted than a file of known size has. */
  #accepted = 0;
  /** Indexes of chunks that must come again (P-6.6). At most as many as were granted. */
  readonly #owed = new Set<number>();
  /** Chunks that were granted in older epochs and may still come, to be skipped. */
  #outdated = 0;
  readonly #short = new ShortChunk();
  #digestRefusals = 0;
  #commit: Message<'commit'> | null = null;
  #ended = false;
  #creditDue = false;

  /** @param commit known beforehand for an eager file that found no room (P-5.9) */
  constructor(
    host: StreamHost,
    slots: UploadSlots,
    owner: Owner,
    id: number,
    put: Message<'put'>,
    commit: Message<'commit'> | null = null,
  ) {
    this.id = id;
    this.#host = host;
    this.#slots = slots;
    this.#size = put.size;
    this.#order = new FragmentOrder(put.size);
    this.#want = put.want ?? 0;
    this.#commit = commit;
    this.#acknowledgements = new Acknowledgements(id, (frame) => host.send(frame));
    this.#lease = slots.open(owner, this);
    this.#begun = host.store.begin({ ...put, algorithm: host.algorithm }).then(
      (upload) => this.#onBegun(upload),
      (error: unknown) => void this.#end(error as Error),
    );
  }

  get owes(): boolean {
    return this.#upload === null || this.#writing > 0 || this.#commit !== null || this.#waitsForGrant;
  }

  /** Begins as if its only chunk had been sent and skipped. */
  refuseEager(): void {
    this.#want = 1;
    this.#resend(0, 0, 'revoked');
  }

  onFrame(frame: Frame): void {
    if (frame.name === 'want') this.#onWant(decodeMessage('want', frame.meta));
    else if (frame.name === 'commit') this.#onCommit(decodeMessage('commit', frame.meta));
    else throw new ProtocolError('wrong-state', `${frame.name.toUpperCase()} on the stream of a PUT`);
  }

  onData({ header, meta }: Frame): Uint8Array | null {
    const { offset, leaf } = readDataMeta(meta);
    if (this.#ended) return null;
    if (header.epoch < this.#credit.epoch) return this.#skipOld(offset, header.epoch);
    const place = this.#order.accept(offset, header.payloadLength, (header.flags & FrameFlag.endChunk) !== 0);
    this.#credit.accept(header.epoch, place.first);
    if (place.first) this.#beginChunk(place);
    const filling = this.#filling!;
    if (leaf !== undefined) filling.leaf = leaf.slice();
    filling.end = place.within + header.payloadLength;
    return filling.slot.bytes.subarray(place.within, place.within + header.payloadLength);
  }

  onPayload(): void {
    const filling = this.#filling;
    if (filling === null) return;
    filling.bytes = filling.end;
    if (filling.leaf !== null) void this.#write(filling, filling.leaf);
  }

  cancel(error: ProtocolError): void {
    void this.#end(error);
  }

  // What UploadSlots asks and tells.

  wants(held: number): number {
    if (this.#ended || this.#upload === null) return 0;
    return Math.min(Math.min(this.#want, this.#window.size) - held, this.#missing(held));
  }

  filling(): number | undefined {
    if (this.#filling === null) return undefined;
    return this.#filling.end - this.#host.payloadLeft(this);
  }

  onGrant(chunks: number): void {
    this.#credit.grant(chunks);
    if (this.#creditDue) return;
    this.#creditDue = true;
    queueMicrotask(() => this.#sendCredit());
  }

  onRevoke(): void {
    const { epoch, unused } = this.#credit;
    const filling = this.#filling;
    this.#want = 0;
    this.#outdated += unused;
    this.#credit.revoke();
    this.#sendCredit();
    if (filling === null) return;
    this.#order.reset();
    this.#accepted -= 1;
    this.#resend(filling.chunk * CHUNK_SIZE, epoch, 'revoked');
    this.#dropFilling();
  }

  onBusy(): void {
    // All has come: it only wants in case that chunks were sent twice.
    if (this.#size !== undefined && this.#accepted >= chunkCount(this.#size) && this.#owed.size === 0) return;
    const message = 'no memory for the upload became free in time; try again later';
    void this.#end(new ProtocolError('busy', message, { retryAfterMs: 1_000 }));
  }

  /** Chunks that can still come, as far as it is known. */
  #missing(held: number): number {
    if (this.#commit !== null) return this.#owed.size - this.#lease.unused;
    if (this.#size === undefined) return Infinity;
    const missing = chunkCount(this.#size) - this.#accepted - this.#lease.unused;
    // A sender may send a chunk twice (P-6.4); it must not starve for having been counted twice.
    return held === 0 && this.#accepted > 0 ? Math.max(missing, 1) : missing;
  }

  #onBegun(upload: Upload): void {
    this.#upload = upload;
    if (this.#ended) return;
    upload.onDurable = (chunks) => this.#acknowledgements.durable(chunks);
    this.#slots.ask(this.#lease);
    this.#tryCommit();
  }

  get #waitsForGrant(): boolean {
    return this.#lease.unused === 0 && this.wants(this.#lease.inUse) > 0;
  }

  #onWant({ chunks }: Message<'want'>): void {
    this.#want = chunks;
    this.#slots.ask(this.#lease);
  }

  #onCommit(commit: Message<'commit'>): void {
    if (this.#commit !== null) throw new ProtocolError('wrong-state', 'COMMIT for a second time');
    this.#commit = commit;
    if (this.#size !== undefined && commit.size !== this.#size) {
      return this.#fail('size-mismatch', `COMMIT says ${commit.size} bytes, PUT said ${this.#size}`);
    }
    this.#tryCommit();
    this.#slots.ask(this.#lease);
  }

  #sendCredit(): void {
    this.#creditDue = false;
    if (this.#ended) return;
    const { limit, epoch } = this.#credit;
    this.#host.send(encodeFrame('credit', { chunks: limit }, { stream: this.id, epoch }));
  }

  #beginChunk({ chunk }: FragmentPlace): void {
    if (this.#commit !== null && !this.#owed.has(chunk)) {
      throw new ProtocolError('wrong-state', 'DATA behind COMMIT that was not asked for again');
    }
    this.#owed.delete(chunk);
    this.#accepted += 1;
    this.#filling = { slot: this.#slots.take(this.#lease), chunk, bytes: 0, end: 0, leaf: null };
  }

  /** P-5.6: one RESEND for each chunk, at its first fragment; the one that was in mid-way has had its own. */
  #skipOld(offset: number, epoch: number): null {
    if (offset % CHUNK_SIZE !== 0) return null;
    if (this.#outdated === 0) throw new ProtocolError('over-credit', `DATA beyond what epoch ${epoch} granted`);
    if (offset >= (this.#size ?? Infinity)) throw new ProtocolError('bad-frame', `DATA at ${offset}, behind the file`);
    this.#outdated -= 1;
    this.#resend(offset, epoch, 'revoked');
    return null;
  }

  #resend(offset: number, epoch: number, reason: 'digest' | 'revoked'): void {
    this.#owed.add(offset / CHUNK_SIZE);
    this.#host.send(encodeFrame('resend', { offset, epoch, reason }, { stream: this.id }));
  }

  #dropFilling(): void {
    const filling = this.#filling;
    if (filling === null) return;
    this.#filling = null;
    this.#host.dropPayload(this);
    this.#slots.give(this.#lease, filling.slot);
  }

  async #write({ slot, chunk, bytes }: Filling, leaf: Uint8Array): Promise<void> {
    const { epoch } = this.#credit;
    this.#filling = null;
    if (!this.#short.accept(chunk, bytes)) this.#fail('size-mismatch', 'two chunks are shorter than a whole one');
    this.#writing += 1;
    try {
      const outcome = this.#ended
        ? 'written'
        : await this.#upload!.write(chunk, { slot, offset: 0, length: bytes }, leaf);
      if (this.#ended) return;
      if (outcome === 'written') this.#acknowledgements.written(chunk);
      else this.#refuse(chunk, epoch);
    } catch (error) {
      void this.#end(error as Error);
    } finally {
      this.#writing -= 1;
      this.#window.onWritten(this.#writing);
      this.#slots.give(this.#lease, slot);
      this.#tryCommit();
    }
  }

  /** The bytes don't give the leaf: the chunk must come again (P-6.6). */
  #refuse(chunk: number, epoch: number): void {
    this.#accepted -= 1;
    this.#digestRefusals += 1;
    if (this.#digestRefusals > MAX_DIGEST_REFUSALS) {
      return this.#fail('digest-mismatch', `chunks came corrupt ${this.#digestRefusals} times`);
    }
    this.#resend(chunk * CHUNK_SIZE, epoch, 'digest');
  }

  #tryCommit(): void {
    const upload = this.#upload;
    if (this.#commit === null || upload === null || this.#ended) return;
    if (this.#writing > 0 || this.#filling !== null || this.#owed.size > 0) return;
    const { size, root } = this.#commit;
    if (!this.#short.fits(size)) {
      return this.#fail('size-mismatch', `COMMIT says ${size} bytes, but another number arrived`);
    }
    this.#ended = true;
    this.#slots.close(this.#lease);
    const published = upload.commit(size, root).then((about) => encodePublished(this.id, about));
    void published.catch((error: unknown) => error as Error).then((final) => this.#close(final));
  }

  #fail(code: 'size-mismatch' | 'digest-mismatch', message: string): void {
    void this.#end(new ProtocolError(code, message));
  }

  async #end(error: Error): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    this.#dropFilling();
    this.#slots.close(this.#lease);
    await this.#begun;
    await this.#close(error);
  }

  /** Waits for the writes under way: the final frame says that nothing of the upload is left to come. */
  async #close(final: Buffer | Error): Promise<void> {
    // What a failed removal leaves behind goes when the store opens again: the final frame must not be lost for it.
    await this.#upload?.abort().catch(() => undefined);
    // Nothing comes behind the final frame (P-4.3).
    this.#acknowledgements.flush();
    this.#host.finish(this, final);
  }
}

export function encodePublished(stream: number, published: Published): Buffer {
  const { size, mtimeMs, version, root, durable } = published;
  return encodeFrame('putResult', { size, mtimeMs, version, root, durable }, { stream });
}
