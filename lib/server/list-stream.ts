import { SendCredit } from '../../protocol/credit.js';
import type { Frame } from '../../protocol/decoder.js';
import { ProtocolError } from '../../protocol/errors.js';
import { decodeMessage, encodeFrame, type Message } from '../../protocol/messages.js';
import type { Entry, Listing } from '../storage/store.js';
import type { ServerStream, StreamHost } from './stream.js';

/** Entries that are looked up in one call of the store. */
const LOOK_UP = 512;
/** What a page's entries may come to, encoded: a name and at most 40 bytes around it each; below the meta limit. */
const PAGE_BYTES = 30_000;
const AROUND_NAME = 40;

/** LIST: pages against credit (P-5.10, P-7.8). */
export class ListStream implements ServerStream {
  readonly id: number;

  readonly #host: StreamHost;
  readonly #credit: SendCredit;
  #looked: Entry[] = [];
  #cancelled: ProtocolError | null = null;
  /** Resolves the wait for credit. */
  #wake: (() => void) | null = null;

  constructor(host: StreamHost, id: number, { path, prefix = '', credit }: Message<'list'>) {
    this.id = id;
    this.#host = host;
    this.#credit = new SendCredit(credit);
    void this.#run(path, prefix);
  }

  get owes(): boolean {
    return this.#wake === null;
  }

  onFrame(frame: Frame): void {
    if (frame.name !== 'credit') throw new ProtocolError('wrong-state', `${frame.name.toUpperCase()} on a LIST`);
    this.#credit.onCredit(frame.header.epoch, decodeMessage('credit', frame.meta).chunks);
    if (this.#credit.available > 0) this.#wake?.();
  }

  cancel(error: ProtocolError): void {
    this.#cancelled = error;
    this.#wake?.();
  }

  async #run(path: string, prefix: string): Promise<void> {
    try {
      const listing = await this.#host.store.list(path, prefix);
      for (let page = await this.#page(listing); page.length > 0; page = await this.#page(listing)) {
        if (this.#credit.available === 0) await this.#creditOrCancel();
        if (this.#cancelled !== null) throw this.#cancelled;
        this.#credit.charge();
        const entries = page.map(({ name, type, size, mtimeMs }) => [name, type, size, mtimeMs] as const);
        this.#host.send(encodeFrame('entries', { entries: entries.map((entry) => [...entry]) }, { stream: this.id }));
      }
      this.#host.finish(this, encodeFrame('emptyResult', {}, { stream: this.id }));
    } catch (error) {
      this.#host.finish(this, error as Error);
    }
  }

  async #creditOrCancel(): Promise<void> {
    if (this.#cancelled !== null) return;
    await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#wake = null;
  }

  /** The next entries, as many as fit a frame. */
  async #page(listing: Listing): Promise<Entry[]> {
    if (this.#looked.length === 0) this.#looked = await listing.next(LOOK_UP);
    let bytes = 0;
    let count = 0;
    for (const { name } of this.#looked) {
      bytes += Buffer.byteLength(name) + AROUND_NAME;
      if (bytes > PAGE_BYTES) break;
      count += 1;
    }
    return this.#looked.splice(0, count);
  }
}
