import { ProtocolError } from '../../../protocol/errors.js';
import { Base64Decoder } from '../../../protocol/legacy/base64-decoder.js';
import { CHUNK_SIZE } from '../../../protocol/limits.js';
import type { Algorithm } from '../../../protocol/messages.js';
import type { Slot, Store, Upload } from '../../storage/store.js';
import type { Lease, Owner, SlotTaker, UploadSlots } from '../upload-slots.js';

/** Slots that one upload has at most: some are written while one fills. */
const WINDOW = 4;

interface Filling {
  readonly slot: Slot;
  bytes: number;
}

export interface LegacyUploadHost {
  readonly store: Store;
  readonly uploadSlots: UploadSlots;
  readonly owner: Owner;
  readonly algorithm: Algorithm;
  /** An upload that was `blocked` can take more. */
  onRoom(): void;
}

/**
 * An upload of the base64 protocol: text in, decoded into a slot, and each full slot to the store. The protocol has no credit: while there is
 * no slot it takes nothing, and its connection isn't read. What failed goes on taking text, and passes over it, so that the end of the
 * request is found and can be answered.
 */
export class LegacyUpload implements SlotTaker {
  readonly #host: LegacyUploadHost;
  readonly #lease: Lease;
  readonly #decoder = new Base64Decoder();
  #filling: Filling | null = null;
  /** Full chunks so far. */
  #chunks = 0;
  #begun: Promise<Upload> | undefined;
  readonly #writes = new Set<Promise<void>>();
  #failure: Error | undefined;
  #blocked = false;
  /** Its memory was needed elsewhere: it asks again when there is text. */
  #dormant = false;
  #ended = false;

  constructor(host: LegacyUploadHost) {
    this.#host = host;
    this.#lease = host.uploadSlots.open(host.owner, this);
    host.uploadSlots.ask(this.#lease);
  }

  /** It waits for memory. */
  get blocked(): boolean {
    return this.#blocked;
  }

  /** Whether the base64 text could end here. */
  get whole(): boolean {
    return this.#decoder.whole;
  }

  get failure(): Error | undefined {
    return this.#failure;
  }

  /**
   * @param name null while it isn't known
   * @returns how many characters were taken: all, unless it is `blocked` now
   */
  take(text: Uint8Array, name: string | null): number {
    let read = 0;
    try {
      while (this.#failure === undefined && (read < text.length || this.#decoder.spare > 0)) {
        const filling = (this.#filling ??= this.#takeSlot());
        if (filling === null) {
          this.#blocked = true;
          return read;
        }
        const done = this.#decoder.decode(text.subarray(read), filling.slot.bytes.subarray(filling.bytes));
        read += done.read;
        filling.bytes += done.written;
        if (filling.bytes === CHUNK_SIZE) this.#writeFull(filling, name);
      }
    } catch (error) {
      this.#fail(error as Error);
    }
    return text.length;
  }

  /** The text is over: writes the rest, and publishes under `name`. Rejects with what went wrong; nothing is left then. */
  async publish(name: string): Promise<void> {
    try {
      this.#refuseFailed();
      this.#decoder.end();
      const last = this.#filling;
      const size = this.#chunks * CHUNK_SIZE + (last?.bytes ?? 0);
      this.#begin(name, size);
      // What was promised beyond what it has is for others.
      this.#ended = true;
      this.#host.uploadSlots.close(this.#lease);
      if (last !== null) this.#write(last);
      await Promise.all(this.#writes);
      this.#refuseFailed();
      await (await this.#begun!).commit(size, null, name);
    } catch (error) {
      this.#fail(error as Error);
      await this.abort();
      // What went wrong first.
      throw this.#failure ?? (error as Error);
    }
  }

  /** Gives everything up. Settles when nothing of it is left. Safe more than once. */
  async abort(): Promise<void> {
    this.#fail(new ProtocolError('cancelled', 'the upload was given up'));
    await Promise.all(this.#writes);
    const upload = await this.#begun?.catch(() => undefined);
    await upload?.abort().catch(() => undefined);
  }

  // What UploadSlots asks and tells.

  wants(held: number): number {
    return this.#ended || this.#dormant ? 0 : WINDOW - held;
  }

  filling(): number | undefined {
    return this.#filling?.bytes;
  }

  onGrant(): void {
    this.#unblock();
  }

  onRevoke(): void {
    this.#dormant = true;
    // What came can't be asked for again in this protocol.
    if (this.#filling !== null) this.#fail(tooSlow());
  }

  onBusy(): void {
    if (this.#blocked)
      this.#fail(new ProtocolError('busy', 'no memory for the upload became free in time; try again later'));
    else this.#dormant = true;
  }

  #takeSlot(): Filling | null {
    const { uploadSlots } = this.#host;
    if (this.#lease.unused === 0) {
      this.#dormant = false;
      uploadSlots.ask(this.#lease);
    }
    return this.#lease.unused === 0 ? null : { slot: uploadSlots.take(this.#lease), bytes: 0 };
  }

  #writeFull(filling: Filling, name: string | null): void {
    this.#begin(name);
    this.#write(filling);
  }

  /** Not before the first chunk is full, so that most files are begun with their name and size. */
  #begin(path: string | null, size?: number): void {
    const { store, algorithm } = this.#host;
    this.#begun ??= store.begin({ path, algorithm, size });
  }

  #write({ slot, bytes }: Filling): void {
    this.#filling = null;
    const chunk = this.#chunks++;
    const write = this.#writeChunk(chunk, slot, bytes);
    this.#writes.add(write);
    void write.then(() => this.#writes.delete(write));
  }

  /** Never rejects. */
  async #writeChunk(chunk: number, slot: Slot, length: number): Promise<void> {
    try {
      const upload = await this.#begun!;
      if (this.#failure === undefined) await upload.write(chunk, { slot, offset: 0, length }, null);
    } catch (error) {
      this.#fail(error as Error);
    } finally {
      this.#host.uploadSlots.give(this.#lease, slot);
    }
  }

  /** The first failure counts. Memory goes back at once, what is on the disk as soon as nothing uses it. */
  #fail(error: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#ended = true;
    const filling = this.#filling;
    this.#filling = null;
    if (filling !== null) this.#host.uploadSlots.give(this.#lease, filling.slot);
    this.#host.uploadSlots.close(this.#lease);
    void this.abort();
    this.#unblock();
  }

  #unblock(): void {
    if (!this.#blocked) return;
    this.#blocked = false;
    this.#host.onRoom();
  }

  #refuseFailed(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}

const tooSlow = (): ProtocolError =>
  new ProtocolError('busy', 'the upload came too slowly while others waited for memory; try again later');
