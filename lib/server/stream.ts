import type { Frame } from '../../protocol/decoder.js';
import type { ProtocolError } from '../../protocol/errors.js';
import type { Algorithm } from '../../protocol/algorithms.js';
import type { Store } from '../storage/store.js';

/** One open stream of a session, from its request to its final frame. */
export interface ServerStream {
  readonly id: number;
  /** The server owes the next step: it says so every few seconds (P-9.2). */
  readonly owes: boolean;
  /**
   * A frame for the stream, other than its request, DATA and CANCEL.
   * @throws {ProtocolError} `wrong-state` when the stream's state doesn't take it
   */
  onFrame(frame: Frame): void;
  /** CANCEL arrived, or the connection is gone. The final frame follows when everything under way has settled. */
  cancel(error: ProtocolError): void;
}

/** A stream that takes DATA. */
export interface ReceivingStream extends ServerStream {
  /** See FrameHandler.onData. */
  onData(frame: Frame): Uint8Array | null;
  /** The payload for the last `onData` that gave a place is there. */
  onPayload(): void;
}

export function receives(stream: ServerStream): stream is ReceivingStream {
  return 'onData' in stream;
}

/** What a session offers its streams. */
export interface StreamHost {
  readonly store: Store;
  /** Of the connection (P-3.2). */
  readonly algorithm: Algorithm;
  send(frame: Buffer): void;
  /**
   * The stream is over and nothing of it is under way any more: sends its final frame, and forgets it.
   * @param final the RESULT, or what went wrong; null when the final frame has left already
   */
  finish(stream: ServerStream, final: Buffer | Error | null): void;
  /** Bytes still to come of the payload in progress, if it is this stream's; otherwise 0. */
  payloadLeft(stream: ServerStream): number;
  /** The stream gives up the memory that its payload in progress goes to: it must not be written any more. */
  dropPayload(stream: ServerStream): void;
}
