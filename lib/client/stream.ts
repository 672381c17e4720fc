import type { Message, MessageName } from '../../protocol/messages.js';
import { encodeFrame } from '../../protocol/messages.js';
import type { Connection } from '../transport/connection.js';
import type { ChunkJob } from '../transport/frame-writer.js';
import type { AnyOperation } from './operation.js';

/** An open stream of this side (P-4.1): what its operation sends goes through here. */
export class Stream {
  readonly id: number;
  readonly operation: AnyOperation;
  /** When the server last gave a sign on it; ms of performance.now(). */
  lastSign: number;
  /** False from the final frame on (P-4.3). */
  open = true;
  /** CANCEL was sent: what still comes is skipped up to the final frame, and the stream counts until then (P-4.4). */
  cancelled = false;
  /** Bytes of this stream that count against the allowance (P-5.9). */
  eagerBytes: number;
  readonly #connection: Connection;

  constructor(id: number, operation: AnyOperation, connection: Connection, eagerBytes: number) {
    this.id = id;
    this.operation = operation;
    this.#connection = connection;
    this.eagerBytes = eagerBytes;
    this.lastSign = performance.now();
  }

  send<N extends MessageName>(name: N, message: Message<N>, epoch = 0): void {
    this.#connection.send(encodeFrame(name, message, { stream: this.id, epoch }));
  }

  sendChunk({ epoch, offset, bytes, leaf, trailer, onDone }: Omit<ChunkJob, 'stream'>): void {
    this.#connection.writer.chunk({ stream: this.id, epoch, offset, bytes, leaf, trailer, onDone });
  }

  /** Takes back the chunks that are not with the socket yet; each gets its `onDone`. */
  withdraw(): void {
    this.#connection.writer.withdraw(this.id);
  }
}
