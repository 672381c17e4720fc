import { MAX_META } from './limits.js';

/*
 * MessagePack of maps of short plain values, which nearly all messages are: a small file costs one or two at each end, and
 * a general encoder takes half as long again. Whatever is not plain is left to that one.
 */

/** A fixmap, and a fixstr. */
const MAX_FIELDS = 15;
const MAX_SHORT_TEXT = 31;
/** Text and bytes whose length fits into one byte. */
const MAX_LENGTH = 255;
/** The most that one field takes: a short key and a text of three bytes for each of its characters. */
const MAX_FIELD = 1_024;

const scratch = Buffer.allocUnsafeSlow(MAX_META);
const floats = new DataView(scratch.buffer, scratch.byteOffset, scratch.byteLength);

/**
 * @returns the MessagePack of `message` without its undefined fields, in the shortest form, as a view that is valid until the
 * next call; undefined where it has anything but short plain values
 */
export function encodeFlat(message: Readonly<Record<string, unknown>>): Uint8Array | undefined {
  let count = 0;
  let at = 1;
  for (const key in message) {
    const value = message[key];
    if (value === undefined) continue;
    if (key.length > MAX_SHORT_TEXT || at > MAX_META - MAX_FIELD || ++count > MAX_FIELDS) return undefined;
    // Keys are our own, all of them ASCII.
    scratch[at] = 0xa0 | key.length;
    at += 1 + scratch.write(key, at + 1, 'latin1');
    at = writeValue(value, at);
    if (at === 0) return undefined;
  }
  scratch[0] = 0x80 | count;
  return scratch.subarray(0, at);
}

/** @returns the place behind it; 0 when it can't be written here */
function writeValue(value: unknown, at: number): number {
  if (typeof value === 'number') return writeNumber(value, at);
  if (typeof value === 'string') return writeText(value, at);
  if (typeof value === 'boolean') {
    scratch[at] = value ? 0xc3 : 0xc2;
    return at + 1;
  }
  if (!(value instanceof Uint8Array) || value.length > MAX_LENGTH) return 0;
  scratch[at] = 0xc4;
  scratch[at + 1] = value.length;
  scratch.set(value, at + 2);
  return at + 2 + value.length;
}

function writeNumber(value: number, at: number): number {
  if (!Number.isSafeInteger(value)) {
    scratch[at] = 0xcb;
    floats.setFloat64(at + 1, value);
    return at + 9;
  }
  if (value < 0) return 0;
  if (value < 0x80) {
    scratch[at] = value;
    return at + 1;
  }
  if (value < 0x100) {
    scratch[at] = 0xcc;
    scratch[at + 1] = value;
    return at + 2;
  }
  if (value < 0x1_0000) {
    scratch[at] = 0xcd;
    floats.setUint16(at + 1, value);
    return at + 3;
  }
  if (value < 0x1_0000_0000) {
    scratch[at] = 0xce;
    floats.setUint32(at + 1, value);
    return at + 5;
  }
  scratch[at] = 0xcf;
  floats.setUint32(at + 1, Math.floor(value / 0x1_0000_0000));
  floats.setUint32(at + 5, value >>> 0);
  return at + 9;
}

function writeText(text: string, at: number): number {
  if (text.length > MAX_LENGTH) return 0;
  // More bytes than characters: it is not ASCII.
  const short = text.length <= MAX_SHORT_TEXT;
  const begin = at + (short ? 1 : 2);
  const length = scratch.write(text, begin, 'utf8');
  if (length !== text.length) return 0;
  if (short) {
    scratch[at] = 0xa0 | length;
  } else {
    scratch[at] = 0xd9;
    scratch[at + 1] = length;
  }
  return begin + length;
}
