import { chunkCount, FragmentOrder, type FragmentPlace } from '../../protocol/chunks.js';
import { CreditWindow, ReceiveCredit } from '../../protocol/credit.js';
import type { Frame } from '../../protocol/decoder.js';
import { ProtocolError } from '../../protocol/errors.js';
import { FrameFlag, readDataMeta } from '../../protocol/frame.js';
import { decodeMessage, encodeFrame, type Message } from '../../protocol/messages.js';
import type { Published, Slot, Upload } from '../storage/store.js';
import { Acknowledgements } from './acknowledgements.js';
import { encodePublished } from './answers.js';
import { type Arrived, Filling } from './filling.js';
import { Resends } from './resends.js';
import { ShortChunk } from './short-chunk.js';
import type { ReceivingStream, StreamHost } from './stream.js';
import type { Lease, Owner, SlotTaker, UploadSlots } from './upload-slots.js';

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
  /** Chunks that are with the store, or about to be. */
  #writing = 0;
  /** The only chunk of its file: for the rest of this turn it waits for COMMIT, so that the store takes both in one step. */
  #only: Arrived | null = null;
  #publishing = false;
  /** What ends the stream, unless it was published. */
  #endLater: Error | null = null;
  /** Chunks that were begun and neither refused nor revoked: no more are granted than a file of known size has. */
  #accepted = 0;
  readonly #resends: Resends;
  readonly #short = new ShortChunk();
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
    this.#resends = new Resends(id, put.size, (frame) => host.send(frame));
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
    this.#resends.ask(0, 0, 'revoked');
  }

  onFrame(frame: Frame): void {
    if (frame.name === 'want') this.#onWant(decodeMessage('want', frame.meta));
    else if (frame.name === 'commit') this.#onCommit(decodeMessage('commit', frame.meta));
    else throw new ProtocolError('wrong-state', `${frame.name.toUpperCase()} on the stream of a PUT`);
  }

  onData({ header, meta }: Frame): Uint8Array | null {
    const { offset, leaf } = readDataMeta(meta);
    if (this.#ended) return null;
    if (header.epoch < this.#credit.epoch) {
      this.#resends.skip(offset, header.epoch);
      return null;
    }
    const place = this.#order.accept(offset, header.payloadLength, (header.flags & FrameFlag.endChunk) !== 0);
    this.#credit.accept(header.epoch, place.first);
    if (place.first) this.#beginChunk(place);
    return this.#filling!.place(place.within, header.payloadLength, leaf);
  }

  onPayload(): void {
    const arrived = this.#filling?.onPayload();
    if (arrived !== undefined) this.#onChunk(arrived);
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
    this.#resends.revoked(unused);
    this.#credit.revoke();
    this.#sendCredit();
    if (filling === null) return;
    this.#order.reset();
    this.#accepted -= 1;
    this.#resends.ask(filling.chunk, epoch, 'revoked');
    this.#dropFilling();
  }

  onBusy(): void {
    // All has come: it only wants in case that chunks were sent twice.
    if (this.#size !== undefined && this.#accepted >= chunkCount(this.#size) && this.#resends.owed === 0) return;
    const message = 'no memory for the upload became free in time; try again later';
    void this.#end(new ProtocolError('busy', message, { retryAfterMs: 1_000 }));
  }

  /** Chunks that can still come, as far as it is known. */
  #missing(held: number): number {
    if (this.#commit !== null) return this.#resends.owed - this.#lease.unused;
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
    if (this.#commit !== null && !this.#resends.owes(chunk)) {
      throw new ProtocolError('wrong-state', 'DATA behind COMMIT that was not asked for again');
    }
    this.#resends.begun(chunk);
    this.#accepted += 1;
    this.#filling = new Filling(this.#slots.take(this.#lease), chunk, this.#credit.epoch);
  }

  #dropFilling(): void {
    const filling = this.#filling;
    if (filling === null) return;
    this.#filling = null;
    this.#host.dropPayload(this);
    this.#slots.give(this.#lease, filling.slot);
  }

  #onChunk(arrived: Arrived): void {
    const { chunk, bytes } = arrived;
    this.#filling = null;
    this.#writing += 1;
    if (!this.#short.accept(chunk, bytes)) this.#fail('size-mismatch', 'two chunks are shorter than a whole one');
    if (this.#publishing) {
      // One that was sent twice: what becomes of the first decides whether it must come again.
      this.#accepted -= 1;
      this.#free(arrived.slot);
    } else if (bytes === this.#size && !this.#ended && this.#accepted === 1) {
      this.#only = arrived;
      if (this.#commit === null) setImmediate(() => this.#writeOnly());
      else this.#tryCommit();
    } else {
      this.#writeOnly();
      void this.#write(arrived);
    }
  }

  /** COMMIT takes longer, and the chunk can be acknowledged meanwhile. */
  #writeOnly(): void {
    const arrived = this.#only;
    this.#only = null;
    if (arrived !== null) void this.#write(arrived);
  }

  async #write({ slot, chunk, bytes, leaf, epoch }: Arrived): Promise<void> {
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
      this.#free(slot);
      this.#tryCommit();
    }
  }

  #free(slot: Slot): void {
    this.#writing -= 1;
    this.#window.onWritten(this.#writing);
    this.#slots.give(this.#lease, slot);
  }

  #refuse(chunk: number, epoch: number): void {
    this.#accepted -= 1;
    this.#resends.refuse(chunk, epoch);
  }

  async #publish({ slot, chunk, bytes, leaf, epoch }: Arrived, root: Uint8Array): Promise<void> {
    this.#only = null;
    this.#publishing = true;
    try {
      const published = await this.#upload!.writeWhole({ slot, offset: 0, length: bytes }, leaf, root);
      this.#publishing = false;
      if (published !== 'corrupt') this.#finish(published);
      else if (this.#endLater !== null) throw this.#endLater;
      else this.#refuse(chunk, epoch);
    } catch (error) {
      this.#publishing = false;
      void this.#end(error as Error);
    } finally {
      this.#free(slot);
    }
  }

  #tryCommit(): void {
    const upload = this.#upload;
    if (this.#commit === null || upload === null || this.#ended) return;
    const isAlone = this.#filling === null && this.#resends.owed === 0;
    if (this.#only !== null) {
      if (isAlone && upload.takesWhole) void this.#publish(this.#only, this.#commit.root);
      else this.#writeOnly();
      return;
    }
    if (this.#writing > 0 || !isAlone) return;
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

  #finish(published: Published): void {
    this.#ended = true;
    this.#dropFilling();
    this.#slots.close(this.#lease);
    void this.#close(encodePublished(this.id, published));
  }

  async #end(error: Error): Promise<void> {
    if (this.#ended) return;
    if (this.#publishing) {
      this.#endLater ??= error;
      return;
    }
    this.#ended = true;
    this.#dropFilling();
    this.#writeOnly();
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
