import { ProtocolError } from '../../../protocol/errors.js';
import { Base64Decoder } from '../../../protocol/legacy/base64-decoder.js';
import { CHUNK_SIZE } from '../../../protocol/limits.js';
import type { Algorithm } from '../../../protocol/algorithms.js';
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
  /** For how long it waits for memory, ms. */
  readonly patience: number;
  /** An upload that was `blocked` can take more. */
  onRoom(): void;
}

/**
 * An upload of the base64 protocol: text in, decoded into a slot, and each full slot to the store. The protocol has no credit: while there is
 * no slot it takes nothing, and its connection isn't read. Nor can anything be asked for again: when its slot is needed elsewhere, what came is
 * parked in the partial, and read back when there is more. What failed goes on taking text, and passes over it, so that the end of the
 * request is found and can be answered.
 */
export class LegacyUpload implements SlotTaker {
  readonly givesWay = true;

  readonly #host: LegacyUploadHost;
  readonly #lease: Lease;
  readonly #decoder = new Base64Decoder();
  #filling: Filling | null = null;
  /** Bytes of the chunk under way that are parked. */
  #parked = 0;
  /** They are on their way to the partial, or back. */
  #moving = false;
  #name: string | null = null;
  /** Full chunks so far. */
  #chunks = 0;
  #begun: Promise<Upload> | undefined;
  /** What uses its slots: chunks being written, parked, or read back. None rejects. */
  readonly #work = new Set<Promise<void>>();
  #failure: Error | undefined;
  #blocked = false;
  /** ms of performance.now(). */
  #blockedSince = 0;
  #onRoom: () => void = () => undefined;
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
    this.#name = name;
    try {
      while (this.#failure === undefined && (read < text.length || this.#decoder.spare > 0)) {
        const filling = this.#place();
        if (filling === null) {
          this.#block();
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
      await this.#bringBack();
      const last = this.#filling;
      const size = this.#chunks * CHUNK_SIZE + (last?.bytes ?? 0);
      this.#begin(name, size);
      // What was promised beyond what it has is for others.
      this.#ended = true;
      this.#host.uploadSlots.close(this.#lease);
      if (last !== null) this.#write(last);
      await Promise.all(this.#work);
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
    await Promise.all(this.#work);
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
    if (this.#filling !== null) this.#park(this.#filling);
  }

  onBusy(): void {
    if (!this.#blocked) this.#dormant = true;
    else if (performance.now() - this.#blockedSince >= this.#host.patience)
      this.#fail(new ProtocolError('busy', 'no memory for the upload became free in time; try again later'));
  }

  /** Where the next bytes go; null while there is no place. */
  #place(): Filling | null {
    if (this.#filling !== null || this.#moving) return this.#filling;
    const { uploadSlots } = this.#host;
    if (this.#lease.unused === 0) {
      this.#dormant = false;
      uploadSlots.ask(this.#lease);
    }
    if (this.#lease.unused === 0) return null;
    const slot = uploadSlots.take(this.#lease);
    if (this.#parked > 0) this.#track(this.#unpark(slot));
    else this.#filling = { slot, bytes: 0 };
    return this.#filling;
  }

  /** What is parked of the last chunk needs a slot again to be written as a chunk. */
  async #bringBack(): Promise<void> {
    while (this.#failure === undefined && this.#parked > 0 && this.#place() === null) {
      const room = new Promise<void>((resolve) => (this.#onRoom = resolve));
      this.#block();
      await room;
    }
    this.#refuseFailed();
  }

  #park({ slot, bytes }: Filling): void {
    this.#filling = null;
    this.#parked = bytes;
    this.#begin(this.#name);
    this.#track(this.#moveOut(slot, bytes));
  }

  async #moveOut(slot: Slot, length: number): Promise<void> {
    this.#moving = true;
    await this.#withUpload((upload) => upload.park(this.#chunks, { slot, offset: 0, length }));
    this.#moving = false;
    this.#host.uploadSlots.give(this.#lease, slot);
    this.#unblock();
  }

  async #unpark(slot: Slot): Promise<void> {
    const bytes = this.#parked;
    this.#moving = true;
    await this.#withUpload((upload) => upload.unpark(this.#chunks, { slot, offset: 0, length: bytes }));
    this.#moving = false;
    if (this.#failure !== undefined) {
      this.#host.uploadSlots.give(this.#lease, slot);
      return;
    }
    this.#parked = 0;
    this.#filling = { slot, bytes };
    this.#unblock();
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
    this.#track(this.#writeChunk(chunk, slot, bytes));
  }

  async #writeChunk(chunk: number, slot: Slot, length: number): Promise<void> {
    await this.#withUpload((upload) => upload.write(chunk, { slot, offset: 0, length }, null));
    this.#host.uploadSlots.give(this.#lease, slot);
  }

  /** Never rejects: what goes wrong is the upload's failure. */
  async #withUpload(work: (upload: Upload) => Promise<unknown>): Promise<void> {
    try {
      const upload = await this.#begun!;
      if (this.#failure === undefined) await work(upload);
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  #track(work: Promise<void>): void {
    this.#work.add(work);
    void work.then(() => this.#work.delete(work));
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

  #block(): void {
    this.#blocked = true;
    this.#blockedSince = performance.now();
  }

  #unblock(): void {
    if (!this.#blocked) return;
    this.#blocked = false;
    this.#onRoom();
    this.#host.onRoom();
  }

  #refuseFailed(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}
