import type { FrameHeader, FrameTypeName } from './frame.js';
import { checkCrc, checkHeader, checkLengths, readHeader } from './frame.js';
import { DEFAULT_FRAGMENT, HEADER_SIZE } from './limits.js';

/** A frame whose header passed every check that needs no knowledge of its stream. */
export interface Frame {
  readonly name: FrameTypeName;
  readonly header: FrameHeader;
  /** A view that is valid only during the call: copy what is kept. */
  readonly meta: Uint8Array;
}

export interface FrameHandler {
  /** A frame without payload. */
  onFrame(frame: Frame): void;
  /**
   * The head of a DATA frame.
   * @returns where its payload belongs, exactly `payloadLength` bytes, or null to skip it
   */
  onData(frame: Frame): Uint8Array | null;
  /** The payload of the last `onData` is in its place. Not called for a skipped one. */
  onPayload(): void;
}

/** The scratch view at a frame boundary: what arrives with a header is copied, the rest of a payload placed directly. */
const NARROW = 4_096;
/** After small payloads a wider view is worth its copying: many frames arrive in one read. */
const WIDE = 65_536;
const SMALL_PAYLOAD = 16_384;

/**
 * Cuts a byte stream into frames without ever assembling a payload (P-2.1 to P-2.5). The owner of the socket asks
 * `view()` where the next bytes belong, lets them be placed there, and reports them with `advance()`.
 */
export class FrameDecoder {
  /** Greatest payload taken (P-3.5), in bytes; raised or lowered by the owner at HELLO. */
  maxPayload = DEFAULT_FRAGMENT;

  readonly #handler: FrameHandler;
  #scratch: Uint8Array = new Uint8Array(NARROW);
  /** Views end here; at most the scratch's length. */
  #limit = NARROW;
  /** Bytes in scratch that are not parsed yet: from `#start` to `#end`, always less than one whole head. */
  #start = 0;
  #end = 0;
  /** Payload bytes of the current frame still to come; 0 at a frame boundary. */
  #left = 0;
  /** What is left of the current payload's place; null while it is skipped and between payloads. */
  #target: Uint8Array | null = null;
  #stopped = false;

  constructor(handler: FrameHandler) {
    this.#handler = handler;
  }

  /** True between frames: nothing of a next one has arrived. */
  get atBoundary(): boolean {
    return this.#left === 0 && this.#start === this.#end;
  }

  /** Bytes still to come of the payload in progress; 0 between payloads. */
  get payloadLeft(): number {
    return this.#left;
  }

  /** Where the next bytes belong: never empty, never beyond the end of the payload in progress. */
  view(): Uint8Array {
    if (this.#stopped) return this.#scratch;
    if (this.#target !== null) return this.#target;
    if (this.#left > 0) return this.#scratch.subarray(0, Math.min(this.#left, this.#scratch.length));
    return this.#scratch.subarray(this.#end, this.#limit);
  }

  /** Nothing that arrives from now on is parsed: the connection has failed or is saying its last words. */
  stop(): void {
    this.#stopped = true;
    this.#target = null;
  }

  /**
   * The rest of the payload in progress is skipped. A read may still be under way into the last view: its memory must
   * not be used for anything else before the next `advance`, or before the owner has replaced the view.
   */
  skipPayload(): void {
    this.#target = null;
  }

  /**
   * `length` bytes were placed at the start of the last `view()`.
   * @throws {ProtocolError} of the connection, and what the handler throws; the decoder has then stopped
   */
  advance(length: number): void {
    if (this.#stopped) return;
    try {
      this.#take(length);
    } catch (error) {
      this.stop();
      throw error;
    }
  }

  #take(length: number): void {
    if (this.#left === 0) {
      this.#end += length;
      this.#parse();
      return;
    }
    this.#left -= length;
    const placed = this.#target !== null;
    if (this.#target !== null) this.#target = this.#left > 0 ? this.#target.subarray(length) : null;
    if (this.#left === 0 && placed) this.#handler.onPayload();
  }

  #parse(): void {
    while (!this.#stopped && this.#left === 0) {
      const available = this.#end - this.#start;
      if (available < HEADER_SIZE) return this.#makeRoom(HEADER_SIZE);
      const header = readHeader(this.#scratch, this.#start);
      checkLengths(header, this.maxPayload);
      if (available < HEADER_SIZE + header.metaLength) return this.#makeRoom(HEADER_SIZE + header.metaLength);
      checkCrc(header, this.#scratch, this.#start);
      const metaStart = this.#start + HEADER_SIZE;
      this.#start = metaStart + header.metaLength;
      this.#dispatch(header, this.#scratch.subarray(metaStart, this.#start));
    }
  }

  #dispatch(header: FrameHeader, meta: Uint8Array): void {
    const name = checkHeader(header);
    let target: Uint8Array | null = null;
    if (name === 'data') target = this.#handler.onData({ name, header, meta });
    else if (name !== undefined) this.#handler.onFrame({ name, header, meta });
    if (!this.#stopped) this.#beginPayload(header.payloadLength, target);
  }

  /** Copies what of the payload came with its head; the rest will be placed directly. */
  #beginPayload(length: number, target: Uint8Array | null): void {
    const here = Math.min(length, this.#end - this.#start);
    if (target !== null) target.set(this.#scratch.subarray(this.#start, this.#start + here));
    this.#start += here;
    this.#left = length - here;
    if (this.#left === 0) {
      if (target !== null) this.#handler.onPayload();
      return;
    }
    this.#start = this.#end = 0;
    this.#target = target?.subarray(here) ?? null;
    this.#fitView(length);
  }

  #fitView(payloadLength: number): void {
    if (payloadLength <= SMALL_PAYLOAD) this.#widen();
    else this.#limit = NARROW;
  }

  #widen(): void {
    if (this.#scratch.length < WIDE) {
      const wide = new Uint8Array(WIDE);
      wide.set(this.#scratch.subarray(this.#start, this.#end), this.#start);
      this.#scratch = wide;
    }
    this.#limit = WIDE;
  }

  /** Keeps the begun head at the front of the scratch, with room for all of its `wanted` bytes (at most 32,788). */
  #makeRoom(wanted: number): void {
    if (wanted > this.#limit) this.#widen();
    if (this.#start === 0) return;
    this.#scratch.copyWithin(0, this.#start, this.#end);
    this.#end -= this.#start;
    this.#start = 0;
  }
}
