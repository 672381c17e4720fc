import { Decoder, Encoder } from '@msgpack/msgpack';
import * as v from 'valibot';
import { ALGORITHMS } from './algorithms.js';
import { ProtocolError } from './errors.js';
import type { FrameFields, FrameTypeName } from './frame.js';
import { encodeFlat } from './flat-message.js';
import { encodeHead, FrameFlag, FrameType } from './frame.js';
import { CHUNK_SIZE, DIGEST_SIZE, MAX_ACK_PAIRS, MAX_FRAGMENT, MAX_META, MIN_FRAGMENT } from './limits.js';
import { scanMessage } from './message-scan.js';

const int = (min: number, max: number) => v.pipe(v.number(), v.safeInteger(), v.minValue(min), v.maxValue(max));
const text = (maxBytes: number) => v.pipe(v.string(), v.maxBytes(maxBytes));
const size = int(0, Number.MAX_SAFE_INTEGER);
const digest = v.custom<Uint8Array>(
  (value) => value instanceof Uint8Array && value.length === DIGEST_SIZE,
  `must be ${DIGEST_SIZE} bytes`,
);
/** Its content is a stream's matter (`bad-path`), so only the frame's own limit applies here. */
const path = text(MAX_META);
const version = text(128);
const features = v.optional(v.pipe(v.array(text(256)), v.maxLength(64)));
const agent = v.optional(text(256));

const algorithm = v.picklist(ALGORITHMS);

/** P-7.8. */
export const ENTRY_TYPES = ['file', 'folder', 'symlink', 'other'] as const;
export type EntryType = (typeof ENTRY_TYPES)[number];
const entryType = v.picklist(ENTRY_TYPES);

/** P-6.5: the grades that an ACK can tell; *published* is the RESULT. */
export const AckGrade = { received: 1, written: 2, durable: 3 } as const;

const ackPairs = v.pipe(
  v.array(int(0, Number.MAX_SAFE_INTEGER)),
  v.maxLength(2 * MAX_ACK_PAIRS),
  v.check(
    (pairs) => pairs.length % 2 === 0 && pairs.every((n, i) => i % 2 === 0 || n >= 1),
    'must be pairs (first, count)',
  ),
);

/** HELLO is one type with two shapes: the first is the client's (P-3.1). */
const clientHello = v.object({
  versions: v.pipe(v.array(int(0, 65_535)), v.minLength(1), v.maxLength(16)),
  algorithms: v.pipe(
    v.array(text(64)),
    v.minLength(1),
    v.maxLength(16),
    v.check((names) => names.includes('sha256'), 'must offer sha256'),
  ),
  fragment: int(MIN_FRAGMENT, MAX_FRAGMENT),
  features,
  agent,
});

/** P-3.2. */
const serverHello = v.pipe(
  v.object({
    version: int(0, 65_535),
    algorithm,
    fragment: int(MIN_FRAGMENT, MAX_FRAGMENT),
    chunk: int(CHUNK_SIZE, CHUNK_SIZE),
    streams: int(1, 65_535),
    allowance: size,
    eager: size,
    features,
    agent,
  }),
  v.check(
    (hello) => hello.eager <= hello.allowance && hello.eager <= hello.fragment,
    'eager must not exceed allowance or fragment',
  ),
);

/** One schema per message: the tables of sections 3, 5 to 9. */
const SCHEMAS = {
  clientHello,
  serverHello,
  ping: v.object({ id: int(0, 0xffff_ffff) }),
  pong: v.object({ id: int(0, 0xffff_ffff) }),
  goaway: v.object({ reason: text(256) }),
  error: v.object({
    code: int(0, 65_535),
    name: text(64),
    message: text(1_024),
    retryAfterMs: v.optional(int(0, 0x7fff_ffff)),
  }),
  put: v.pipe(
    v.object({
      path,
      size: v.optional(size),
      mode: v.optional(int(0, 0o777)),
      mtimeMs: v.optional(v.number()),
      ifAbsent: v.optional(v.boolean()),
      ifMatch: v.optional(version),
      want: v.optional(int(0, 65_535)),
      root: v.optional(digest),
    }),
    v.check((put) => !(put.ifAbsent && put.ifMatch !== undefined), 'must not have both ifAbsent and ifMatch'),
    v.check((put) => put.root === undefined || put.size !== undefined, 'must have size with root'),
  ),
  get: v.object({
    path,
    credit: int(0, 0x7fff_ffff),
    offset: v.optional(size),
    length: v.optional(int(1, Number.MAX_SAFE_INTEGER)),
    ifMatch: v.optional(version),
  }),
  list: v.object({ path, prefix: v.optional(text(255)), credit: int(0, 0x7fff_ffff) }),
  stat: v.object({ path }),
  remove: v.object({ path }),
  rename: v.object({ path, to: path, ifAbsent: v.optional(v.boolean()) }),
  mkdir: v.object({ path }),
  hash: v.object({ path, algorithm }),
  credit: v.object({ chunks: int(0, 0x7fff_ffff) }),
  want: v.object({ chunks: int(0, 65_535) }),
  ack: v.object({ grade: int(AckGrade.received, AckGrade.durable), chunks: ackPairs }),
  resend: v.object({ offset: size, epoch: int(0, 0xffff_ffff), reason: v.picklist(['digest', 'revoked']) }),
  commit: v.object({ size, root: digest }),
  cancel: v.object({}),
  progress: v.object({ done: v.optional(size) }),
  file: v.object({ size, mtimeMs: v.number(), mode: int(0, 0o777), version, offset: size, length: size }),
  entries: v.object({ entries: v.array(v.strictTuple([text(255), entryType, size, v.number()])) }),
  putResult: v.object({ size, mtimeMs: v.number(), version, root: digest, durable: v.boolean() }),
  getResult: v.object({ root: v.optional(digest) }),
  statResult: v.object({ type: entryType, size, mtimeMs: v.number(), mode: int(0, 0o777), version }),
  hashResult: v.object({ digest, size, mtimeMs: v.number() }),
  emptyResult: v.object({}),
} as const;

/** A message by its schema's name: a frame type, or for HELLO and RESULT the shape that fits the sender or request. */
export type MessageName = keyof typeof SCHEMAS;
export type Message<N extends MessageName> = v.InferOutput<(typeof SCHEMAS)[N]>;

const decoder = new Decoder({
  maxStrLength: MAX_META,
  maxBinLength: MAX_META,
  maxArrayLength: MAX_META,
  maxMapLength: MAX_META,
  maxExtLength: 0,
});
const encoder = new Encoder({ ignoreUndefined: true });
const NO_META = new Uint8Array(0);

/**
 * Reads the meta of a frame as the message `name` (P-2.8). Byte strings are copies; nothing refers to `meta` afterwards.
 * @throws {ProtocolError} `bad-message`
 */
export function decodeMessage<N extends MessageName>(name: N, meta: Uint8Array): Message<N> {
  let value: unknown = {};
  if (meta.length > 0) {
    scanMessage(meta);
    value = decoder.decode(meta);
  }
  const result = v.safeParse(SCHEMAS[name], value, { abortEarly: true });
  if (!result.success) {
    const [issue] = result.issues;
    const field = issue.path?.map((item) => String(item.key)).join('.') ?? '';
    // The schema library quotes what it received, which can be as long as the meta: an ERROR couldn't carry it.
    throw new ProtocolError('bad-message', `${name}${field && `.${field}`}: ${issue.message.slice(0, 200)}`);
  }
  return copyBytes(result.output);
}

/** The decoder's byte strings are views into the socket's scratch, which the next read overwrites. */
function copyBytes(message: Record<string, unknown>): Record<string, unknown> {
  for (const key in message) {
    const value = message[key];
    if (value instanceof Uint8Array) message[key] = value.slice();
  }
  return message;
}

/** MessagePack of a message. Fields that are undefined are left out. */
export function encodeMessage<N extends MessageName>(_name: N, message: Message<N>): Uint8Array {
  const flat = encodeFlat(message);
  return flat === undefined ? encoder.encode(message) : new Uint8Array(flat);
}

/** The frame types that carry each message. */
const TYPE_OF: Partial<Record<MessageName, FrameTypeName>> = {
  clientHello: 'hello',
  serverHello: 'hello',
  putResult: 'result',
  getResult: 'result',
  statResult: 'result',
  hashResult: 'result',
  emptyResult: 'result',
};

/** One whole control frame, head and message in one buffer. */
export function encodeFrame<N extends MessageName>(
  name: N,
  message: Message<N>,
  fields: Omit<FrameFields, 'type' | 'payloadLength'> = {},
): Buffer {
  const type = FrameType[TYPE_OF[name] ?? (name as FrameTypeName)];
  const meta =
    name === 'cancel' || name === 'emptyResult' ? NO_META : (encodeFlat(message) ?? encodeMessage(name, message));
  const flags = name === 'progress' ? FrameFlag.ignorable : 0;
  return encodeHead({ flags, ...fields, type }, meta);
}
