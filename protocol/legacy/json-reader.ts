import { MAX_MESSAGE_DEPTH } from '../limits.js';
import type { ByteInput } from './byte-input.js';
import { LegacyFault } from './fault.js';
import type { More } from './scan-event.js';
import { CR, isBlank, matchTerminator, TERMINATOR } from './terminator.js';

type Reading<R, E = never> = Generator<More | E, R>;
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const ESCAPES: Readonly<Record<string, number>> = { b: 8, t: 9, n: 10, f: 12, r: 13, '"': 0x22, '/': 0x2f, '\\': 0x5c };
const NO_DIGIT = 0xff;

/**
 * Takes apart one message as JSON, as it comes. Texts of any length can be handed on in pieces; everything else that is read is bounded
 * together.
 */
export class JsonReader {
  readonly #input: ByteInput;
  readonly #subject: 'request' | 'reply';
  readonly #limit: number;
  #used = 0;

  /** @param limit bytes of all but content */
  constructor(input: ByteInput, subject: 'request' | 'reply', limit: number) {
    this.#input = input;
    this.#subject = subject;
    this.#limit = limit;
  }

  /** `field` reads the value of each key. */
  *object<E>(field: (key: string) => Reading<void, E>): Reading<void, E> {
    yield* this.#list('{', '}', () => this.#member(field));
  }

  /** `element` reads each one. */
  *array<E>(element: (index: number) => Reading<unknown, E>): Reading<void, E> {
    yield* this.#list('[', ']', element);
  }

  /**
   * Any value. Of an array or object nothing is kept.
   * @param depth how deep it stands: the message itself is 1
   */
  *value(depth: number): Reading<Json> {
    const first = yield* this.afterSpace();
    if (first === '"') return yield* this.text();
    if (first !== '{' && first !== '[') return yield* this.#word();
    if (depth > MAX_MESSAGE_DEPTH) throw new LegacyFault(`the JSON is more than ${MAX_MESSAGE_DEPTH} deep`);
    const skip = (): Reading<Json> => this.value(depth + 1);
    if (first === '{') yield* this.#list('{', '}', () => this.#member(skip));
    else yield* this.#list('[', ']', skip);
    return [];
  }

  /** A text that is handed on in the pieces in which it comes: one byte for each character, 0xff for those beyond ASCII. */
  *content<E>(make: (text: Uint8Array) => E): Reading<void, E> {
    yield* this.#take();
    yield* this.#content(make);
  }

  /**
   * A text of at most `limit` bytes.
   * @returns null when there is more of it. Then `rest` must read it, from its beginning
   */
  *textUpTo(limit: number): Reading<string | null> {
    yield* this.#take();
    const pieces: Uint8Array[] = [];
    const before = this.#used;
    const raw = yield* this.#raw(pieces, limit);
    if (raw) return this.#parse(Buffer.concat([Uint8Array.of(QUOTE), ...pieces])) as string;
    this.#input.unread(Buffer.concat(pieces));
    this.#used = before;
    return null;
  }

  /** As `content`, of a text that `textUpTo` has found too long. */
  *rest<E>(make: (text: Uint8Array) => E): Reading<void, E> {
    yield* this.#content(make);
  }

  *text(): Reading<string> {
    yield* this.#take();
    const pieces = [Uint8Array.of(QUOTE)];
    yield* this.#raw(pieces, Infinity);
    return this.#parse(Buffer.concat(pieces)) as string;
  }

  /** @returns the next character that isn't white space, not taken */
  *afterSpace(): Reading<string> {
    let matched = 0;
    for (;;) {
      const byte = yield* this.#peek();
      if (!isBlank(byte)) return String.fromCharCode(byte);
      yield* this.#take();
      matched = matchTerminator(matched, byte);
      if (matched === TERMINATOR.length) throw this.#cutShort();
    }
  }

  /** The message ends here too when its sender sends nothing more. */
  *terminator(): Reading<void> {
    for (let matched = 0; matched < TERMINATOR.length;) {
      const byte = yield* this.#input.peek();
      if (byte === -1) return;
      if (!isBlank(byte)) throw new LegacyFault(`something stands behind the JSON of the ${this.#subject}`);
      yield* this.#take();
      matched = matchTerminator(matched, byte);
    }
  }

  *#content<E>(make: (text: Uint8Array) => E): Reading<void, E> {
    for (;;) {
      const bytes = yield* this.#input.some();
      if (bytes === null) throw this.#cutShort();
      // A line end is no part of a text in JSON, but can be the end of a message that was cut short.
      const length = Math.min(...[QUOTE, BACKSLASH, CR].map((byte) => this.#input.before(byte)));
      if (length > 0) yield make(bytes.subarray(0, length));
      this.#input.take(length);
      if (length === bytes.length) continue;
      if (bytes[length] === CR) throw new LegacyFault('the content has a line end within');
      yield* this.#take();
      if (bytes[length] === QUOTE) return;
      yield make(Uint8Array.of(yield* this.#escape()));
    }
  }

  /** @returns the character; NO_DIGIT for one beyond ASCII, which base64 doesn't have */
  *#escape(): Reading<number> {
    const letter = String.fromCharCode(yield* this.#take());
    if (letter !== 'u') {
      const character = ESCAPES[letter];
      if (character === undefined) throw this.#notJson();
      // Programs that write every / as \/ do so in content of any length.
      this.#used -= 2;
      return character;
    }
    let digits = '';
    while (digits.length < 4) digits += String.fromCharCode(yield* this.#take());
    if (!/^[\da-f]{4}$/i.test(digits)) throw this.#notJson();
    this.#used -= 6;
    return Math.min(Number.parseInt(digits, 16), NO_DIGIT);
  }

  /**
   * Gathers a text as it is written, its closing quote with it.
   * @returns whether it ends within `limit` bytes
   */
  *#raw(pieces: Uint8Array[], limit: number): Reading<boolean> {
    let length = 0;
    for (let escaped = false; length <= limit;) {
      const bytes = yield* this.#input.some();
      if (bytes === null) throw this.#cutShort();
      const run = escaped ? 0 : Math.min(this.#input.before(QUOTE), this.#input.before(BACKSLASH));
      const end = Math.min(run + 1, bytes.length, limit - length + 1, this.#limit - this.#used + 1);
      const part = bytes.subarray(0, end);
      // As in content: it may be the end of a message that was cut short, and need not be waited for.
      if (part.includes(CR)) throw new LegacyFault('a text has a line end within');
      pieces.push(new Uint8Array(part));
      length += end;
      this.#count(end);
      const last = bytes[end - 1]!;
      if (last === QUOTE && !escaped) return true;
      escaped = last === BACKSLASH && !escaped;
    }
    return false;
  }

  *#member<E>(read: (key: string) => Reading<unknown, E>): Reading<void, E> {
    if ((yield* this.afterSpace()) !== '"') throw this.#notJson();
    const key = yield* this.text();
    if ((yield* this.afterSpace()) !== ':') throw this.#notJson();
    yield* this.#take();
    yield* read(key);
  }

  /** What stands between two brackets, with commas. */
  *#list<E>(open: string, close: string, read: (index: number) => Reading<unknown, E>): Reading<void, E> {
    if ((yield* this.afterSpace()) !== open) throw this.#notJson();
    yield* this.#take();
    if ((yield* this.afterSpace()) === close) {
      yield* this.#take();
      return;
    }
    for (let index = 0; ; index++) {
      yield* read(index);
      const next = yield* this.afterSpace();
      if (next !== close && next !== ',') throw this.#notJson();
      yield* this.#take();
      if (next === close) return;
    }
  }

  /** A number, true, false or null. */
  *#word(): Reading<Json> {
    const bytes: number[] = [];
    while (/[\w+.-]/.test(String.fromCharCode(yield* this.#peek()))) bytes.push(yield* this.#take());
    return this.#parse(Uint8Array.from(bytes));
  }

  *#peek(): Reading<number> {
    const byte = yield* this.#input.peek();
    if (byte === -1) throw this.#cutShort();
    return byte;
  }

  *#take(): Reading<number> {
    const byte = yield* this.#peek();
    this.#count(1);
    return byte;
  }

  #count(bytes: number): void {
    this.#input.take(bytes);
    this.#used += bytes;
    if (this.#used > this.#limit) throw new LegacyFault(`the ${this.#subject} is too long, its content left aside`);
  }

  #parse(bytes: Uint8Array): Json {
    try {
      return JSON.parse(utf8.decode(bytes)) as Json;
    } catch {
      throw this.#notJson();
    }
  }

  #notJson(): LegacyFault {
    return new LegacyFault(`the ${this.#subject} is not JSON`);
  }

  #cutShort(): LegacyFault {
    return new LegacyFault(`the ${this.#subject} is cut short`);
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
