import type { Frame } from '../../protocol/decoder.js';
import { ProtocolError } from '../../protocol/errors.js';
import { readDataMeta } from '../../protocol/frame.js';
import type { Message } from '../../protocol/messages.js';
import type { Region } from '../storage/store.js';
import { encodePublished } from './answers.js';
import type { EagerRoom } from './eager-room.js';
import type { ReceivingStream, StreamHost } from './stream.js';
import type { SlotFiller } from './upload-slots.js';

/** A PUT whose content comes at once, whole (P-5.9). */
export type EagerPutMessage = Message<'put'> & { size: number; root: Uint8Array };

export function isEager(put: Message<'put'>): put is EagerPutMessage {
  return put.root !== undefined;
}

/** The upload of one small file in one chunk, without credit: one call of the store does all of it. */
export class EagerPut implements ReceivingStream, SlotFiller {
  readonly id: number;

  readonly #host: StreamHost;
  readonly #room: EagerRoom;
  readonly #put: EagerPutMessage;
  /** Called instead of taking the chunk when there is no room for it. */
  readonly #refuse: () => void;
  #region: Region | null = null;
  #leaf: Uint8Array | undefined;
  #state: 'waiting' | 'storing' | 'ended' = 'waiting';

  constructor(host: StreamHost, room: EagerRoom, id: number, put: EagerPutMessage, refuse: () => void) {
    this.id = id;
    this.#host = host;
    this.#room = room;
    this.#put = put;
    this.#refuse = refuse;
  }

  /** To be called when the session knows the stream: an empty file has all its content already. */
  start(): void {
    if (this.#put.size === 0) void this.#store();
  }

  get owes(): boolean {
    return this.#state === 'storing';
  }

  onFrame(frame: Frame): void {
    if (frame.name !== 'want') throw new ProtocolError('wrong-state', `${frame.name.toUpperCase()} on an eager PUT`);
  }

  onData({ header, meta }: Frame): Uint8Array | null {
    const { offset, leaf } = readDataMeta(meta);
    if (this.#state === 'ended') return null;
    if (this.#state === 'storing') throw new ProtocolError('wrong-state', 'DATA behind the chunk of an eager PUT');
    if (header.epoch !== 0) throw new ProtocolError('over-credit', `DATA of epoch ${header.epoch} on an eager PUT`);
    if (offset !== 0 || leaf === undefined || header.payloadLength !== this.#put.size) {
      throw new ProtocolError('bad-frame', 'DATA that is not the one chunk of its eager PUT');
    }
    const region = this.#room.take(this, header.payloadLength);
    if (region === undefined) {
      this.#state = 'ended';
      this.#refuse();
      return null;
    }
    this.#leaf = leaf.slice();
    this.#region = region;
    return region.slot.bytes.subarray(region.offset, region.offset + region.length);
  }

  onPayload(): void {
    this.#room.arrived(this);
    if (this.#state === 'waiting') void this.#store();
  }

  filling(): number {
    return this.#put.size - this.#host.payloadLeft(this);
  }

  /** It comes too slowly while others have no memory: as if there had been no room for it. */
  onRevoke(): void {
    this.#state = 'ended';
    this.#leave();
    this.#refuse();
  }

  cancel(error: ProtocolError): void {
    // What is with the store goes on to its end: RESULT was reached first (P-9.3).
    if (this.#state === 'waiting') this.#finish(error);
  }

  async #store(): Promise<void> {
    this.#state = 'storing';
    const { path, size, mode, mtimeMs, ifAbsent, ifMatch, root } = this.#put;
    const { algorithm, store } = this.#host;
    const options = { path, algorithm, size, mode, mtimeMs, ifAbsent, ifMatch, root, leaf: this.#leaf };
    try {
      this.#finish(encodePublished(this.id, await store.putEager(options, this.#region)));
    } catch (error) {
      this.#finish(error as Error);
    }
  }

  #finish(final: Buffer | Error): void {
    this.#state = 'ended';
    this.#leave();
    this.#host.finish(this, final);
  }

  #leave(): void {
    if (this.#region === null) return;
    this.#host.dropPayload(this);
    this.#room.arrived(this);
    this.#room.give(this.#region);
  }
}
