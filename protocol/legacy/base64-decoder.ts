import { LegacyFault } from './fault.js';

const PAD = 0x3d;
/** What the alphabet of section 5 has for `+` and `/`. */
const MINUS = 0x2d;
const UNDERSCORE = 0x5f;
const NO_DIGIT = 0xff;
const DIGITS = new Uint8Array(256).fill(NO_DIGIT);
for (const [value, digit] of [
  ...Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'),
].entries()) {
  DIGITS[digit] = value;
}

/** Below so many groups of four the runtime's decoder costs more than it saves. */
const WORTH_A_CALL = 8;
/** Groups of four that become a string at a time: the memory of longer ones is mapped anew for each, at many times the cost. */
const SLICE = 8_192;

/**
 * Strict base64 (RFC 4648, section 4), decoded as it comes, in pieces cut anywhere, straight to where the bytes belong:
 * nothing outside the alphabet, padding in full and only at the end, unused bits zero.
 */
export class Base64Decoder {
  /** Digits of the group under way, and how many characters of it have come. */
  #bits = 0;
  #inGroup = 0;
  #padding = 0;
  /** Decoded bytes that found no room, at most 2. */
  #spare: number[] = [];
  #over = false;

  /** Bytes that found no room yet: `decode` puts them first. */
  get spare(): number {
    return this.#spare.length;
  }

  /** Whether the text could end here. */
  get whole(): boolean {
    return this.#inGroup === 0;
  }

  /**
   * Decodes what fits into `target`.
   * @returns how many characters were read and how many bytes written
   * @throws {LegacyFault}
   */
  decode(text: Uint8Array, target: Uint8Array): { read: number; written: number } {
    let read = 0;
    let written = 0;
    for (;;) {
      while (this.#spare.length > 0 && written < target.length) target[written++] = this.#spare.shift()!;
      if (written === target.length || read === text.length) break;
      if (this.#over) throw new LegacyFault('the base64 text goes on behind its padding');
      const groups = this.#inGroup === 0 ? decodeGroups(text.subarray(read), target.subarray(written)) : 0;
      read += 4 * groups;
      written += 3 * groups;
      if (groups === 0) this.#take(text[read++]!);
    }
    return { read, written };
  }

  /** @throws {LegacyFault} when the text ends within a group */
  end(): void {
    if (!this.whole) throw new LegacyFault('the base64 text is cut short: its length is no multiple of four');
  }

  #take(character: number): void {
    if (character === PAD && this.#inGroup >= 2) {
      this.#padding += 1;
    } else {
      const digit = DIGITS[character]!;
      if (digit === NO_DIGIT || this.#padding > 0) throw notBase64();
      this.#bits = (this.#bits << 6) | digit;
    }
    this.#inGroup += 1;
    if (this.#inGroup === 4) this.#endGroup();
  }

  #endGroup(): void {
    const unused = 2 * this.#padding;
    if ((this.#bits & ((1 << unused) - 1)) !== 0)
      throw new LegacyFault('the base64 text ends in bits that must be zero');
    const bytes = this.#bits >> unused;
    for (let left = 2 - this.#padding; left >= 0; left--) this.#spare.push((bytes >> (8 * left)) & 0xff);
    this.#over = this.#padding > 0;
    this.#bits = this.#inGroup = this.#padding = 0;
  }
}

/**
 * Decodes groups of four without padding with the runtime's decoder. That one is lenient: it passes over what it doesn't
 * know, so that fewer bytes come out, and takes the other alphabet's two digits, so those are looked for.
 * @returns how many groups, `SLICE` at most; 0 when the first one needs a closer look, or it isn't worth it
 */
function decodeGroups(text: Uint8Array, target: Uint8Array): number {
  let groups = Math.min(text.length >> 2, Math.floor(target.length / 3), SLICE);
  if (groups < WORTH_A_CALL) return 0;
  const padding = text.subarray(0, 4 * groups).indexOf(PAD);
  if (padding >= 0) groups = padding >> 2;
  if (groups < WORTH_A_CALL) return 0;
  const digits = Buffer.from(text.buffer, text.byteOffset, 4 * groups);
  if (digits.includes(MINUS) || digits.includes(UNDERSCORE)) throw notBase64();
  const place = Buffer.from(target.buffer, target.byteOffset, 3 * groups);
  if (place.write(digits.toString('latin1'), 'base64') !== 3 * groups) throw notBase64();
  return groups;
}

const notBase64 = (): LegacyFault => new LegacyFault('the content is not base64 as in RFC 4648, section 4');
