import { crc32 } from 'node:zlib';
import { ProtocolError } from './errors.js';
import { HEADER_SIZE, MAX_META } from './limits.js';

/** P-2.6. */
export const FrameType = {
  hello: 0x01,
  ping: 0x02,
  pong: 0x03,
  goaway: 0x04,
  error: 0x05,
  put: 0x10,
  get: 0x11,
  list: 0x12,
  stat: 0x13,
  remove: 0x14,
  rename: 0x15,
  mkdir: 0x16,
  hash: 0x17,
  data: 0x20,
  credit: 0x21,
  want: 0x22,
  ack: 0x23,
  resend: 0x24,
  commit: 0x25,
  cancel: 0x26,
  progress: 0x27,
  file: 0x30,
  entries: 0x31,
  result: 0x32,
} as const;
export type FrameTypeName = keyof typeof FrameType;

const NAME_BY_TYPE = new Map<number, FrameTypeName>(
  Object.entries(FrameType).map(([name, type]) => [type, name as FrameTypeName]),
);

/** The name of a type byte, undefined when it is not known. */
export function frameTypeName(type: number): FrameTypeName | undefined {
  return NAME_BY_TYPE.get(type);
}

/** P-4.1: the requests are the types that open a stream. */
export function isRequest(type: number): boolean {
  return type >= FrameType.put && type <= FrameType.hash;
}

/** P-2.1. */
export const FrameFlag = { endChunk: 0x01, ignorable: 0x80 } as const;
const KNOWN_FLAGS = FrameFlag.endChunk | FrameFlag.ignorable;

export interface FrameHeader {
  /** Bytes behind the meta; 0 in all but DATA. */
  readonly payloadLength: number;
  readonly type: number;
  readonly flags: number;
  /** 0–32,768. */
  readonly metaLength: number;
  /** 0 for the connection. */
  readonly stream: number;
  readonly epoch: number;
  readonly crc: number;
}

/** Reads the 20 bytes at `offset`. Nothing is checked: see `checkLengths`, `checkCrc` and `checkHeader`, in that order. */
export function readHeader(bytes: Uint8Array, offset: number): FrameHeader {
  const u32 = (at: number): number =>
    (bytes[at]! * 0x1_00_00_00 + (bytes[at + 1]! << 16) + (bytes[at + 2]! << 8) + bytes[at + 3]!) >>> 0;
  return {
    payloadLength: u32(offset),
    type: bytes[offset + 4]!,
    flags: bytes[offset + 5]!,
    metaLength: (bytes[offset + 6]! << 8) | bytes[offset + 7]!,
    stream: u32(offset + 8),
    epoch: u32(offset + 12),
    crc: u32(offset + 16),
  };
}

/**
 * P-2.2, checked on the header alone, so that a lying length never becomes an allocation.
 * @throws {ProtocolError} `frame-too-large`
 */
export function checkLengths(header: FrameHeader, maxPayload: number): void {
  if (header.metaLength > MAX_META) {
    throw new ProtocolError('frame-too-large', `meta of ${header.metaLength} bytes; at most ${MAX_META} are allowed`);
  }
  if (header.payloadLength > maxPayload) {
    throw new ProtocolError(
      'frame-too-large',
      `payload of ${header.payloadLength} bytes; at most ${maxPayload} are allowed`,
    );
  }
}

/**
 * P-2.3. `bytes` from `offset` on hold the header and its whole meta.
 * @throws {ProtocolError} `bad-crc`
 */
export function checkCrc(header: FrameHeader, bytes: Uint8Array, offset: number): void {
  const metaStart = offset + HEADER_SIZE;
  const sum = crc32(
    bytes.subarray(metaStart, metaStart + header.metaLength),
    crc32(bytes.subarray(offset, offset + 16)),
  );
  if (sum !== header.crc) throw new ProtocolError('bad-crc', 'the header checksum does not match; the framing is lost');
}

/**
 * P-2.4 to P-2.7 for one header: what can be said without knowing the stream.
 * @returns the type's name, or undefined for an unknown type that is to be skipped
 * @throws {ProtocolError} `unknown-type`, `bad-frame`
 */
export function checkHeader(header: FrameHeader): FrameTypeName | undefined {
  const name = frameTypeName(header.type);
  if (name === undefined) {
    if (header.flags & FrameFlag.ignorable) return undefined;
    throw new ProtocolError('unknown-type', `frame type 0x${header.type.toString(16)} is not known and not ignorable`);
  }
  const breach = headerBreach(name, header);
  if (breach !== undefined) throw new ProtocolError('bad-frame', `${name.toUpperCase()} ${breach}`);
  return name;
}

function headerBreach(name: FrameTypeName, header: FrameHeader): string | undefined {
  if (header.flags & ~KNOWN_FLAGS) return `with unknown flags 0x${header.flags.toString(16)}`;
  const { stream, epoch } = header;
  const connectionOnly = header.type <= FrameType.goaway;
  if (connectionOnly ? stream !== 0 : stream === 0 && name !== 'error') return `on stream ${stream}`;
  if (stream !== 0 && stream % 2 === 0) return `on even stream ${stream}`;
  if (name === 'data') {
    const metaLength = header.flags & FrameFlag.endChunk ? 40 : 8;
    if (header.metaLength !== metaLength) return `with a meta of ${header.metaLength} bytes instead of ${metaLength}`;
    return undefined;
  }
  if (header.payloadLength !== 0) return 'with a payload';
  if (header.flags & FrameFlag.endChunk) return 'with the flag end-chunk';
  if (epoch !== 0 && name !== 'credit') return `with epoch ${epoch}`;
  return undefined;
}

export interface FrameFields {
  type: number;
  flags?: number;
  stream?: number;
  epoch?: number;
  /** Bytes of payload that the caller will send behind this head. */
  payloadLength?: number;
}

/**
 * Writes header and meta into one new buffer. The payload is never copied: it is sent behind the head.
 * @throws {RangeError} when the meta is longer than 32,768 bytes: a fault of the caller, who must page
 */
export function encodeHead(fields: FrameFields, meta: Uint8Array): Buffer {
  if (meta.length > MAX_META) throw new RangeError(`meta of ${meta.length} bytes does not fit a frame`);
  const head = Buffer.allocUnsafe(HEADER_SIZE + meta.length);
  head.set(meta, HEADER_SIZE);
  return sealHead(head, fields);
}

function sealHead(head: Buffer, { type, flags = 0, stream = 0, epoch = 0, payloadLength = 0 }: FrameFields): Buffer {
  head.writeUInt32BE(payloadLength, 0);
  head[4] = type;
  head[5] = flags;
  head.writeUInt16BE(head.length - HEADER_SIZE, 6);
  head.writeUInt32BE(stream, 8);
  head.writeUInt32BE(epoch, 12);
  head.writeUInt32BE(crc32(head.subarray(HEADER_SIZE), crc32(head.subarray(0, 16))), 16);
  return head;
}

/** The meta of DATA (P-2.7). */
export interface DataMeta {
  /** Place of the payload's first byte in the file. */
  readonly offset: number;
  /** The chunk's digest, on its last fragment only. A view into the bytes it was read from. */
  readonly leaf: Uint8Array | undefined;
}

/**
 * @param meta 8 or 40 bytes, as `checkHeader` has seen to
 * @throws {ProtocolError} `bad-frame` for an offset beyond 2^53 − 1
 */
export function readDataMeta(meta: Uint8Array): DataMeta {
  const view = new DataView(meta.buffer, meta.byteOffset, meta.byteLength);
  const high = view.getUint32(0);
  if (high > 0x1f_ffff) throw new ProtocolError('bad-frame', 'DATA with an offset beyond 2^53 − 1');
  return {
    offset: high * 0x1_0000_0000 + view.getUint32(4),
    leaf: meta.length > 8 ? meta.subarray(8) : undefined,
  };
}

export interface DataFields {
  stream: number;
  epoch: number;
  offset: number;
  payloadLength: number;
  /** 32 bytes; given on the chunk's last fragment, and sets `end-chunk`. */
  leaf?: Uint8Array | undefined;
}

/** Header and meta of one DATA frame. */
export function encodeDataHead({ stream, epoch, offset, payloadLength, leaf }: DataFields): Buffer {
  const head = Buffer.allocUnsafe(HEADER_SIZE + (leaf ? 40 : 8));
  head.writeUInt32BE(Math.floor(offset / 0x1_0000_0000), HEADER_SIZE);
  head.writeUInt32BE(offset >>> 0, HEADER_SIZE + 4);
  if (leaf) head.set(leaf, HEADER_SIZE + 8);
  return sealHead(head, { type: FrameType.data, flags: leaf ? FrameFlag.endChunk : 0, stream, epoch, payloadLength });
}
