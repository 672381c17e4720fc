/** Bytes that become text at a time, a multiple of 3: the memory of longer strings is mapped anew for each, at ten times the cost. */
const SLICE = 24_576;

/** Padded base64 (RFC 4648, section 4) of a file that comes in pieces of any size, placed where it is sent from. */
export class Base64Encoder {
  /** Bytes that don't make a group of three yet. */
  #rest: number[] = [];

  /** How many bytes complete the group that was begun, 0–2. */
  get missing(): number {
    return (3 - this.#rest.length) % 3;
  }

  /**
   * Writes the text of all whole groups so far to the start of `target`.
   * @returns how many characters
   * @throws {RangeError} when `target` is shorter than they are; `textRoom` is always enough
   */
  encode(bytes: Uint8Array, target: Uint8Array): number {
    let at = 0;
    let written = 0;
    if (this.#rest.length > 0) {
      while (this.#rest.length < 3 && at < bytes.length) this.#rest.push(bytes[at++]!);
      if (this.#rest.length < 3) return 0;
      written = this.end(target);
    }
    const end = bytes.length - ((bytes.length - at) % 3);
    written += place(bytes.subarray(at, end), target.subarray(written));
    this.#rest = [...bytes.subarray(end)];
    return written;
  }

  /** Writes what is left, with its padding. @returns how many characters, 0 or 4. @throws {RangeError} as `encode` */
  end(target: Uint8Array): number {
    const rest = Uint8Array.from(this.#rest);
    this.#rest = [];
    return place(rest, target);
  }
}

/** Characters at most, for `encode` of so many bytes and `end` behind it. */
export const textRoom = (bytes: number): number => textLength(bytes + 2);

const textLength = (bytes: number): number => 4 * Math.ceil(bytes / 3);

function place(bytes: Uint8Array, target: Uint8Array): number {
  const length = textLength(bytes.length);
  // Node would cut the text without a word.
  if (length > target.length) throw new RangeError(`${length} characters of base64 don't fit into ${target.length}`);
  const from = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const to = Buffer.from(target.buffer, target.byteOffset, target.length);
  for (let at = 0, written = 0; at < bytes.length; at += SLICE) {
    written += to.write(from.toString('base64', at, Math.min(at + SLICE, bytes.length)), written, 'latin1');
  }
  return length;
}
