import { chunkCount } from '../../../protocol/chunks.js';
import { ProtocolError } from '../../../protocol/errors.js';
import { Base64Encoder, textRoom } from '../../../protocol/legacy/base64-encoder.js';
import { GET_END, getBegin } from '../../../protocol/legacy/reply.js';
import type { LegacyRequest } from '../../../protocol/legacy/request.js';
import { CHUNK_SIZE } from '../../../protocol/limits.js';
import type { Algorithm } from '../../../protocol/algorithms.js';
import type { Download, OpenAnswer, Slot, Store } from '../../storage/store.js';
import type { DownloadSlots, SlotReader } from '../download-slots.js';
import type { ReplyWriter } from './reply-writer.js';

/** Bytes that are encoded and sent at a time, a multiple of 3. */
const PIECE = 49_152;

export interface LegacyDownloadHost {
  readonly store: Store;
  readonly downloadSlots: DownloadSlots;
  readonly algorithm: Algorithm;
  readonly writer: ReplyWriter;
  /** The client reads too slowly for what it keeps from others. */
  onTooSlow(): void;
}

/** The GETs of one legacy connection, one after the other: a chunk is read into a slot, encoded and sent piece by piece, while the next is read. */
export class LegacyDownload implements SlotReader {
  held = 0;

  readonly #host: LegacyDownloadHost;
  readonly #slots: DownloadSlots;
  /** Slots that it has. */
  readonly #out = new Set<Slot>();
  /** Where each piece becomes text; there once something was asked for. */
  #text: Buffer | undefined;
  #waiting: { resolve: (slot: Slot) => void; reject: (error: Error) => void } | null = null;
  #closed = false;

  constructor(host: LegacyDownloadHost) {
    this.#host = host;
    this.#slots = host.downloadSlots;
  }

  get taken(): number | undefined {
    return this.#host.writer.taken;
  }

  onSlot(slot: Slot): void {
    this.#out.add(slot);
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting!.resolve(slot);
  }

  onTooSlow(): void {
    this.#host.onTooSlow();
  }

  /** The connection is gone. */
  close(): void {
    this.#closed = true;
    this.#slots.forget(this);
    this.#waiting?.reject(gone());
    this.#waiting = null;
  }

  /** Sends the whole reply. Rejects with what went wrong. */
  async send(request: LegacyRequest): Promise<void> {
    try {
      const slot = await this.#slot();
      const answer = await this.#open(request.name, slot);
      if (answer.kind === 'content') await this.#sendContent(request, answer.content.slot.bytes, answer.content);
      else await this.#sendChunks(request, answer, slot);
    } finally {
      for (const slot of [...this.#out]) this.#give(slot);
    }
  }

  async #open(path: string, slot: Slot): Promise<Extract<OpenAnswer, { kind: 'content' | 'download' }>> {
    const { store, algorithm } = this.#host;
    const [answer] = await store.open([{ path, algorithm, eagerLimit: CHUNK_SIZE }], slot);
    if (answer!.kind === 'failed') throw answer!.error;
    if (answer!.kind === 'later') throw new Error('the store put off the only file of a call');
    return answer!;
  }

  async #sendContent(
    request: LegacyRequest,
    bytes: Uint8Array,
    { offset, length }: { offset: number; length: number },
  ): Promise<void> {
    const encoder = new Base64Encoder();
    await this.#host.writer.write(getBegin(request));
    await this.#sendBytes(encoder, bytes.subarray(offset, offset + length));
    await this.#sendEnd(encoder);
  }

  async #sendChunks(
    request: LegacyRequest,
    { download, info }: Extract<OpenAnswer, { kind: 'download' }>,
    first: Slot,
  ): Promise<void> {
    const encoder = new Base64Encoder();
    const count = chunkCount(info.size);
    let ahead = this.#read(download, 0, first);
    try {
      for (let chunk = 0; chunk < count; chunk++) {
        const { slot, bytes } = await ahead;
        if (chunk === 0) await this.#host.writer.write(getBegin(request));
        if (chunk + 1 < count) {
          ahead = this.#slot().then((next) => this.#read(download, chunk + 1, next));
          // It is awaited in its turn; until then its failure is nobody's.
          ahead.catch(() => undefined);
        }
        await this.#sendBytes(encoder, bytes);
        this.#give(slot);
      }
      await download.verifyUnchanged();
      await this.#sendEnd(encoder);
    } finally {
      this.#cancelWait();
      await ahead.catch(() => undefined);
      await download.close().catch(() => undefined);
    }
  }

  async #sendBytes(encoder: Base64Encoder, bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      const end = at + encoder.missing + PIECE;
      const text = (this.#text ??= Buffer.allocUnsafeSlow(textRoom(PIECE)));
      await this.#host.writer.write(text.subarray(0, encoder.encode(bytes.subarray(at, end), text)));
      at = end;
    }
  }

  async #sendEnd(encoder: Base64Encoder): Promise<void> {
    const padded = Buffer.alloc(textRoom(0));
    await this.#host.writer.write(padded.toString('latin1', 0, encoder.end(padded)) + GET_END);
  }

  async #read(download: Download, chunk: number, slot: Slot): Promise<{ slot: Slot; bytes: Uint8Array }> {
    const { length } = await download.read(chunk, slot);
    return { slot, bytes: slot.bytes.subarray(0, length) };
  }

  #slot(): Promise<Slot> {
    if (this.#closed) return Promise.reject(gone());
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#slots.request(this);
    });
  }

  /** Nothing more is to be sent: a slot that was asked for isn't needed. */
  #cancelWait(): void {
    if (this.#waiting === null) return;
    this.#slots.forget(this);
    this.#waiting.reject(gone());
    this.#waiting = null;
  }

  #give(slot: Slot): void {
    if (this.#out.delete(slot)) this.#slots.give(this, slot);
  }
}

const gone = (): ProtocolError => new ProtocolError('cancelled', 'the connection is gone');
