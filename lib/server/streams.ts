import type { Frame } from '../../protocol/decoder.js';
import { ProtocolError } from '../../protocol/errors.js';
import { MAX_STREAM_ID } from '../../protocol/limits.js';
import { decodeMessage, encodeFrame } from '../../protocol/messages.js';
import type { FrameWriter } from '../transport/frame-writer.js';
import type { DownloadSlots } from './download-slots.js';
import { Downloads, type DownloadsHost } from './downloads.js';
import { EagerAllowance } from './eager-allowance.js';
import { EagerPut, isEager } from './eager-put.js';
import { EagerRoom } from './eager-room.js';
import { GetStream } from './get-stream.js';
import { ListStream } from './list-stream.js';
import { OperationStream } from './operation-stream.js';
import { PutStream } from './put-stream.js';
import type { ServerStream } from './stream.js';
import type { Owner, UploadSlots } from './upload-slots.js';

/** The memory that the streams of all connections share. */
export interface Slots {
  readonly uploadSlots: UploadSlots;
  readonly downloadSlots: DownloadSlots;
}

/** The open streams of one connection: each is opened by its request, and found by its id until its final frame (P-4.1 to P-4.6). */
export class Streams {
  /** Counts the eager files; nobody may send one before HELLO. */
  allowance = new EagerAllowance(0, 0);

  readonly #host: DownloadsHost;
  readonly #uploadSlots: UploadSlots;
  readonly #owner: Owner;
  readonly #eagerRoom: EagerRoom;
  readonly #downloads: Downloads;
  readonly #open = new Map<number, ServerStream>();
  /** The id of the last request. */
  #last = 0;

  constructor(host: DownloadsHost, { uploadSlots, downloadSlots }: Slots, writer: FrameWriter) {
    this.#host = host;
    this.#uploadSlots = uploadSlots;
    this.#owner = uploadSlots.createOwner();
    this.#eagerRoom = new EagerRoom(uploadSlots);
    this.#downloads = new Downloads(host, downloadSlots, writer);
  }

  get size(): number {
    return this.#open.size;
  }

  /**
   * The stream of a frame that is no request.
   * @returns undefined for one that is closed: the frame is skipped (P-4.6)
   * @throws {ProtocolError} `wrong-state`
   */
  of({ name, header: { stream } }: Frame): ServerStream | undefined {
    if (stream > this.#last) {
      throw new ProtocolError('wrong-state', `${name.toUpperCase()} on stream ${stream}, which was never opened`);
    }
    return this.#open.get(stream);
  }

  /**
   * Uses up the id of a request, which may still be refused.
   * @throws {ProtocolError} `wrong-state`
   */
  use(id: number): void {
    if (id <= this.#last || id > MAX_STREAM_ID) {
      throw new ProtocolError('wrong-state', `stream ${id} is not above the last one, ${this.#last}`);
    }
    this.#last = id;
  }

  /** @throws {ProtocolError} for a request that no server could read, and for an eager file beyond the allowance */
  open(frame: Frame): void {
    const id = frame.header.stream;
    switch (frame.name) {
      case 'put':
        return this.#openPut(id, frame);
      case 'get': {
        const get = decodeMessage('get', frame.meta);
        const stream = new GetStream(
          this.#host,
          id,
          get,
          (woken) => this.#downloads.wake(woken),
          (ended) => this.#downloads.withdraw(ended),
        );
        this.#open.set(id, stream);
        return this.#downloads.open(stream);
      }
      case 'list':
        this.#open.set(id, new ListStream(this.#host, id, decodeMessage('list', frame.meta)));
        return;
      default:
        this.#open.set(id, new OperationStream(this.#host, frame));
    }
  }

  /** The stream has its final frame. */
  close({ id }: ServerStream): void {
    this.allowance.give(id);
    this.#open.delete(id);
  }

  /** The connection is gone. */
  cancelAll(error: ProtocolError): void {
    this.#downloads.close();
    for (const stream of [...this.#open.values()]) stream.cancel(error);
  }

  /** P-9.2. */
  tellProgress(): void {
    for (const { id, owes } of this.#open.values()) {
      if (owes) this.#host.send(encodeFrame('progress', {}, { stream: id }));
    }
  }

  #openPut(id: number, frame: Frame): void {
    const put = decodeMessage('put', frame.meta);
    if (!isEager(put)) {
      this.#open.set(id, new PutStream(this.#host, this.#uploadSlots, this.#owner, id, put));
      return;
    }
    this.allowance.take(id, put.size);
    const { size, root } = put;
    const refuse = (): void => {
      this.allowance.give(id);
      const stream = new PutStream(this.#host, this.#uploadSlots, this.#owner, id, put, { size, root });
      this.#open.set(id, stream);
      stream.refuseEager();
    };
    const stream = new EagerPut(this.#host, this.#eagerRoom, id, put, refuse);
    this.#open.set(id, stream);
    stream.start();
  }
}
