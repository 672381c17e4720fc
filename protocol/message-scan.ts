import { ProtocolError } from './errors.js';
import { MAX_MESSAGE_DEPTH, MAX_MESSAGE_ELEMENTS } from './limits.js';

const MAX_KEY = 64;
const utf8 = new TextDecoder('utf-8', { fatal: true });

const bad = (what: string): ProtocolError => new ProtocolError('bad-message', `the message has ${what}`);

/**
 * Walks a message, one MessagePack map, without building anything (P-2.8), so that no claimed length becomes an
 * allocation and no nesting exhausts the stack. After it, decoding can neither fail nor surprise.
 *
 * @param bytes the whole meta, at most 32,768 bytes
 * @throws {ProtocolError} `bad-message`
 */
export function scanMessage(bytes: Uint8Array): void {
  const scan = new Scan(bytes);
  scan.message();
  if (!scan.atEnd) throw bad('bytes behind its end');
}

class Scan {
  readonly #bytes: Uint8Array;
  #at = 0;
  #elements = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  message(): void {
    const tag = this.#bytes[0];
    const isMap = tag !== undefined && ((tag >= 0x80 && tag <= 0x8f) || tag === 0xde || tag === 0xdf);
    if (!isMap) throw bad('no map to begin with');
    this.#value(1);
  }

  #value(depth: number): void {
    if (++this.#elements > MAX_MESSAGE_ELEMENTS) throw bad(`more than ${MAX_MESSAGE_ELEMENTS} elements`);
    const tag = this.#uint(1);
    if (tag <= 0x7f || tag >= 0xe0) return;
    if (tag <= 0x8f) return this.#map(tag & 0x0f, depth);
    if (tag <= 0x9f) return this.#array(tag & 0x0f, depth);
    if (tag <= 0xbf) return this.#text(tag & 0x1f);
    switch (tag) {
      case 0xc0:
      case 0xc2:
      case 0xc3:
        return;
      case 0xc4:
      case 0xc5:
      case 0xc6:
        this.#take(this.#uint(1 << (tag - 0xc4)));
        return;
      case 0xca:
      case 0xcb:
        return this.#float(tag === 0xca ? 4 : 8);
      case 0xcc:
      case 0xcd:
      case 0xce:
        this.#take(1 << (tag - 0xcc));
        return;
      case 0xcf:
        if (this.#uint(4) > 0x1f_ffff) throw bad('an integer beyond 2^53 − 1');
        this.#take(4);
        return;
      case 0xd0:
      case 0xd1:
      case 0xd2:
        this.#take(1 << (tag - 0xd0));
        return;
      case 0xd3:
        return this.#int64();
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#text(this.#uint(1 << (tag - 0xd9)));
      case 0xdc:
      case 0xdd:
        return this.#array(this.#uint(tag === 0xdc ? 2 : 4), depth);
      case 0xde:
      case 0xdf:
        return this.#map(this.#uint(tag === 0xde ? 2 : 4), depth);
      default:
        throw bad(`a type that is not allowed (0x${tag.toString(16)})`);
    }
  }

  /** Moves past `length` bytes and returns where they began. */
  #take(length: number): number {
    const begin = this.#at;
    if (length > this.#bytes.length - begin) throw bad('a length that goes beyond its end');
    this.#at = begin + length;
    return begin;
  }

  #uint(size: number): number {
    let value = 0;
    for (let at = this.#take(size); at < this.#at; at++) value = value * 256 + this.#bytes[at]!;
    return value;
  }

  #int64(): void {
    const high = this.#uint(4) | 0;
    const low = this.#uint(4);
    const value = high * 0x1_0000_0000 + low;
    if (!Number.isSafeInteger(value)) throw bad('an integer beyond 2^53 − 1');
  }

  #float(size: 4 | 8): void {
    const at = this.#take(size);
    const view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset + at, size);
    if (!Number.isFinite(size === 4 ? view.getFloat32(0) : view.getFloat64(0))) throw bad('a float that is not finite');
  }

  #text(length: number): void {
    const begin = this.#take(length);
    let ascii = true;
    for (let at = begin; at < this.#at && ascii; at++) ascii = this.#bytes[at]! < 0x80;
    if (ascii) return;
    try {
      utf8.decode(this.#bytes.subarray(begin, this.#at));
    } catch {
      throw bad('text that is not valid UTF-8');
    }
    // Many text decoders, the one behind @msgpack/msgpack among them, silently drop it: another text would be read.
    const [first, second, third] = this.#bytes.subarray(begin, this.#at);
    if (first === 0xef && second === 0xbb && third === 0xbf) throw bad('text that begins with a byte order mark');
  }

  #array(count: number, depth: number): void {
    this.#enter(count, depth);
    for (let i = 0; i < count; i++) this.#value(depth + 1);
  }

  #map(count: number, depth: number): void {
    this.#enter(count * 2, depth);
    const keys = new Set<string>();
    for (let i = 0; i < count; i++) {
      keys.add(this.#key());
      if (keys.size !== i + 1) throw bad('a key twice');
      this.#value(depth + 1);
    }
  }

  /** A container can hold no more elements than bytes are left, whatever it claims. */
  #enter(count: number, depth: number): void {
    if (depth > MAX_MESSAGE_DEPTH) throw bad(`more than ${MAX_MESSAGE_DEPTH} levels`);
    if (count > this.#bytes.length - this.#at) throw bad('a length that goes beyond its end');
  }

  #key(): string {
    if (++this.#elements > MAX_MESSAGE_ELEMENTS) throw bad(`more than ${MAX_MESSAGE_ELEMENTS} elements`);
    const tag = this.#uint(1);
    let length: number;
    if (tag >= 0xa0 && tag <= 0xbf) length = tag & 0x1f;
    else if (tag >= 0xd9 && tag <= 0xdb) length = this.#uint(1 << (tag - 0xd9));
    else throw bad('a key that is not text');
    if (length > MAX_KEY) throw bad(`a key of more than ${MAX_KEY} bytes`);
    const begin = this.#at;
    this.#text(length);
    let key = '';
    for (let at = begin; at < this.#at; at++) key += String.fromCharCode(this.#bytes[at]!);
    // It would reach into the prototype of the object that is built; @msgpack/msgpack throws on it.
    if (key === '__proto__') throw bad('the key __proto__');
    return key;
  }
}
