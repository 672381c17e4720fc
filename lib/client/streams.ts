import type { Frame } from '../../protocol/decoder.js';
import { ProtocolError } from '../../protocol/errors.js';
import type { FrameTypeName } from '../../protocol/frame.js';
import { MAX_STREAM_ID } from '../../protocol/limits.js';
import type { Connection } from '../transport/connection.js';
import { ConnectionError } from './errors.js';
import type { AnyOperation } from './operation.js';
import { Stream } from './stream.js';

/** The frames that a server may send on a stream (P-2.6). */
const FROM_SERVER: ReadonlySet<FrameTypeName> = new Set<FrameTypeName>([
  'error',
  'data',
  'credit',
  'ack',
  'resend',
  'progress',
  'file',
  'entries',
  'result',
]);

/** The open streams of one connection, and the ids of those to come (P-4.1). */
export class Streams {
  readonly #open = new Map<number, Stream>();
  #nextId = 1;

  get size(): number {
    return this.#open.size;
  }

  values(): Iterable<Stream> {
    return this.#open.values();
  }

  /**
   * A stream whose request is still to be sent: then `add` it.
   * @throws {ConnectionError} `connection-lost` when there are no ids left
   */
  next(operation: AnyOperation, connection: Connection, eagerBytes: number): Stream {
    if (this.#nextId > MAX_STREAM_ID) {
      throw new ConnectionError('connection-lost', 'every stream id of this connection was used; connect again');
    }
    return new Stream(this.#nextId, operation, connection, eagerBytes);
  }

  add(stream: Stream): void {
    this.#nextId = stream.id + 2;
    this.#open.set(stream.id, stream);
  }

  /**
   * The stream of a frame from the server.
   * @returns undefined for one that is closed: the frame is skipped (P-4.6)
   * @throws {ProtocolError} `wrong-state`
   */
  of({ name, header }: Frame): Stream | undefined {
    if (!FROM_SERVER.has(name)) throw new ProtocolError('wrong-state', `${name.toUpperCase()} from a server`);
    const stream = this.#open.get(header.stream);
    if (stream !== undefined || header.stream < this.#nextId) return stream;
    throw new ProtocolError('wrong-state', `${name.toUpperCase()} on stream ${header.stream}, which was not opened`);
  }

  /** @returns the stream, unless it is closed already */
  close(id: number): Stream | undefined {
    const stream = this.#open.get(id);
    if (stream === undefined) return undefined;
    stream.open = false;
    this.#open.delete(id);
    return stream;
  }

  /** Closes all. */
  clear(): Stream[] {
    const streams = [...this.#open.values()];
    this.#open.clear();
    return streams;
  }
}
