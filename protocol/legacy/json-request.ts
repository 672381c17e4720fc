import { MAX_MESSAGE_DEPTH } from '../limits.js';
import type { ByteInput } from './byte-input.js';
import { LegacyFault, NOT_RECOGNISED } from './fault.js';
import { MAX_LEGACY_HEAD, verbOf, type LegacyVerb } from './request.js';
import type { ScanEvent } from './scan-event.js';
import { CR, isBlank, matchTerminator, TERMINATOR } from './terminator.js';

type Reading<R> = Generator<ScanEvent, R>;
type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
type Role = 'command' | 'name' | 'content' | 'params';

/** By what names programs call a field (params: name, then content). */
const ROLES: ReadonlyMap<string, Role> = new Map([
  ['command', 'command'],
  ['cmd', 'command'],
  ['filename', 'name'],
  ['file_name', 'name'],
  ['filedata', 'content'],
  ['content', 'content'],
  ['file_content', 'content'],
  ['params', 'params'],
]);

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const ESCAPES: Readonly<Record<string, number>> = { b: 8, t: 9, n: 10, f: 12, r: 13, '"': 0x22, '/': 0x2f, '\\': 0x5c };
const NO_DIGIT = 0xff;

/**
 * One request as a JSON object, fields in any order. Its content is handed on as it comes; everything else is bounded by MAX_LEGACY_HEAD.
 */
export class JsonRequest {
  readonly #input: ByteInput;
  #head = 0;
  #verb: LegacyVerb | undefined;
  #name: string | null = null;
  #snakeFields = false;
  #hasContent = false;
  readonly #roles = new Set<Role>();
  /** Why it can't be carried out, though it can be read to its end. */
  #refusal: string | null = null;
  #whole = false;

  constructor(input: ByteInput) {
    this.#input = input;
  }

  /** What it is if nothing more comes; undefined when it isn't whole. */
  get endsHere(): LegacyVerb | undefined {
    return this.#whole ? this.#verb : undefined;
  }

  /** Content and 'more', then 'request' or 'refused'. @throws {LegacyFault} */
  *read(): Reading<ScanEvent> {
    yield* this.#list('{', '}', () => this.#member((key) => this.#field(key)));
    this.#whole = true;
    yield* this.#terminator();
    if (this.#verb === undefined) throw new LegacyFault(NOT_RECOGNISED);
    if (this.#verb === 'UPLOAD' && !this.#hasContent) this.#refuse('the upload has no content');
    if (this.#verb !== 'LIST' && this.#name === null) this.#refuse('the request names no file');
    if (this.#refusal !== null) return { kind: 'refused', message: this.#refusal };
    const request = {
      dialect: 'json',
      verb: this.#verb,
      name: this.#name ?? '',
      snakeFields: this.#snakeFields,
    } as const;
    return { kind: 'request', request };
  }

  *#field(key: string): Reading<void> {
    const role = ROLES.get(key);
    if (role === undefined) {
      yield* this.#value(2);
      return;
    }
    if (this.#roles.has(role)) this.#refuse(`the field ${role} comes twice`);
    this.#roles.add(role);
    if (key.startsWith('file_')) this.#snakeFields = true;
    if (role === 'command') this.#onCommand(yield* this.#value(2));
    else if (role === 'name') this.#onName(yield* this.#value(2));
    else if (role === 'content') yield* this.#contentValue(2);
    else yield* this.#params();
  }

  #onCommand(value: Json): void {
    this.#verb = typeof value === 'string' ? verbOf(value) : undefined;
    if (this.#verb === undefined) throw new LegacyFault(NOT_RECOGNISED);
  }

  #onName(value: Json): void {
    if (this.#name !== null) this.#refuse('the request names its file twice');
    if (typeof value === 'string') this.#name = value;
    else this.#refuse('the name of the file is not a text');
  }

  *#params(): Reading<void> {
    if ((yield* this.#afterSpace()) !== '[') {
      yield* this.#value(2);
      this.#refuse('params is not an array');
      return;
    }
    yield* this.#list('[', ']', (index) => this.#param(index));
  }

  *#param(index: number): Reading<void> {
    if (index === 0 && this.#verb !== 'LIST') this.#onName(yield* this.#value(3));
    else if (index === 1) yield* this.#contentValue(3);
    else yield* this.#value(3);
  }

  *#contentValue(depth: number): Reading<void> {
    const first = yield* this.#afterSpace();
    const wanted = this.#verb === undefined || this.#verb === 'UPLOAD';
    if (first !== '"' || !wanted || this.#hasContent) {
      yield* this.#value(depth);
      if (wanted) this.#refuse(this.#hasContent ? 'the upload has two contents' : 'the content is not a text');
      return;
    }
    this.#hasContent = true;
    yield* this.#take();
    yield* this.#content();
  }

  /** The first reason counts. */
  #refuse(message: string): void {
    this.#refusal ??= message;
  }

  *#content(): Reading<void> {
    const name = this.#name;
    for (;;) {
      const bytes = yield* this.#input.some();
      if (bytes === null) throw cutShort();
      // A line end is no part of a text in JSON, but can be the end of a request that was cut short.
      const length = Math.min(...[QUOTE, BACKSLASH, CR].map((byte) => this.#input.before(byte)));
      if (length > 0) yield { kind: 'content', text: bytes.subarray(0, length), name };
      this.#input.take(length);
      if (length === bytes.length) continue;
      if (bytes[length] === CR) throw new LegacyFault('the content has a line end within');
      yield* this.#take();
      if (bytes[length] === QUOTE) return;
      yield { kind: 'content', text: Uint8Array.of(yield* this.#escape()), name };
    }
  }

  /** @returns the character; NO_DIGIT for one beyond ASCII, which base64 doesn't have */
  *#escape(): Reading<number> {
    const letter = String.fromCharCode(yield* this.#take());
    if (letter !== 'u') {
      const character = ESCAPES[letter];
      if (character === undefined) throw notJson();
      // Programs that write every / as \/ do so in content of any length.
      this.#head -= 2;
      return character;
    }
    let digits = '';
    while (digits.length < 4) digits += String.fromCharCode(yield* this.#take());
    if (!/^[\da-f]{4}$/i.test(digits)) throw notJson();
    this.#head -= 6;
    return Math.min(Number.parseInt(digits, 16), NO_DIGIT);
  }

  *#value(depth: number): Reading<Json> {
    const first = yield* this.#afterSpace();
    if (first === '"') return yield* this.#text();
    if (first !== '{' && first !== '[') return yield* this.#word();
    if (depth > MAX_MESSAGE_DEPTH) throw new LegacyFault(`the JSON is more than ${MAX_MESSAGE_DEPTH} deep`);
    const skip = (): Reading<Json> => this.#value(depth + 1);
    if (first === '{') yield* this.#list('{', '}', () => this.#member(skip));
    else yield* this.#list('[', ']', skip);
    // What is in it is of no use to any request.
    return [];
  }

  *#member(read: (key: string) => Reading<unknown>): Reading<void> {
    if ((yield* this.#afterSpace()) !== '"') throw notJson();
    const key = yield* this.#text();
    if ((yield* this.#afterSpace()) !== ':') throw notJson();
    yield* this.#take();
    yield* read(key);
  }

  /** What stands between two brackets, with commas. */
  *#list(open: string, close: string, read: (index: number) => Reading<unknown>): Reading<void> {
    if ((yield* this.#afterSpace()) !== open) throw notJson();
    yield* this.#take();
    if ((yield* this.#afterSpace()) === close) {
      yield* this.#take();
      return;
    }
    for (let index = 0; ; index++) {
      yield* read(index);
      const next = yield* this.#afterSpace();
      if (next !== close && next !== ',') throw notJson();
      yield* this.#take();
      if (next === close) return;
    }
  }

  *#text(): Reading<string> {
    const bytes = [yield* this.#take()];
    for (let escaped = false; ;) {
      const byte = yield* this.#take();
      // As in content: it may be the end of a request that was cut short, and need not be waited for.
      if (byte === CR) throw new LegacyFault('a text has a line end within');
      bytes.push(byte);
      if (byte === QUOTE && !escaped) return parse(bytes) as string;
      escaped = byte === BACKSLASH && !escaped;
    }
  }

  /** A number, true, false or null. */
  *#word(): Reading<Json> {
    const bytes: number[] = [];
    while (/[\w+.-]/.test(String.fromCharCode(yield* this.#peek()))) bytes.push(yield* this.#take());
    return parse(bytes);
  }

  /** @returns the next character that isn't white space, not taken */
  *#afterSpace(): Reading<string> {
    let matched = 0;
    for (;;) {
      const byte = yield* this.#peek();
      if (!isBlank(byte)) return String.fromCharCode(byte);
      yield* this.#take();
      matched = matchTerminator(matched, byte);
      if (matched === TERMINATOR.length) throw cutShort();
    }
  }

  /** The request ends here too when its sender sends nothing more. */
  *#terminator(): Reading<void> {
    for (let matched = 0; matched < TERMINATOR.length;) {
      const byte = yield* this.#input.peek();
      if (byte === -1) return;
      if (!isBlank(byte)) throw new LegacyFault('something stands behind the JSON of the request');
      yield* this.#take();
      matched = matchTerminator(matched, byte);
    }
  }

  *#peek(): Reading<number> {
    const byte = yield* this.#input.peek();
    if (byte === -1) throw cutShort();
    return byte;
  }

  *#take(): Reading<number> {
    const byte = yield* this.#peek();
    this.#input.take(1);
    this.#head += 1;
    if (this.#head > MAX_LEGACY_HEAD) throw new LegacyFault('the request is too long, its content left aside');
    return byte;
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function parse(bytes: readonly number[]): Json {
  try {
    return JSON.parse(utf8.decode(Uint8Array.from(bytes))) as Json;
  } catch {
    throw notJson();
  }
}

const notJson = (): LegacyFault => new LegacyFault('the request is not JSON');
const cutShort = (): LegacyFault => new LegacyFault('the request is cut short');
