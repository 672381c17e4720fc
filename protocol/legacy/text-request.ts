import type { ByteInput } from './byte-input.js';
import { LegacyFault, NOT_RECOGNISED } from './fault.js';
import { type LegacyVerb, MAX_LEGACY_HEAD, mayBecomeVerb, verbOf } from './request.js';
import type { ScanEvent } from './scan-event.js';
import { CR, isBlank, LF, matchTerminator, TERMINATOR } from './terminator.js';
import { splitUploadHead, type UploadHead } from './upload-head.js';

type Reading<R> = Generator<ScanEvent, R>;
/** How the gathering of a head ended: at the terminator, because nothing more comes, or at its limit. */
type HeadEnd = 'terminator' | 'end' | 'limit';

/** One request as a line of text. What is gathered of it is bounded by MAX_LEGACY_HEAD, an upload's content is handed on as it comes. */
export class TextRequest {
  readonly #input: ByteInput;
  #word = '';
  #verb: LegacyVerb | undefined;
  /** What came behind the verb. */
  #head = Buffer.alloc(512);
  #length = 0;
  #inContent = false;

  constructor(input: ByteInput) {
    this.#input = input;
  }

  /** What it is if nothing more comes; undefined when it isn't whole. An upload's base64 may still be. */
  get endsHere(): LegacyVerb | undefined {
    const verb = this.#verb ?? verbOf(this.#word);
    if (this.#inContent) return verb;
    const head = trimmed(this.#gathered);
    if (verb === 'UPLOAD') return hasContent(head) ? verb : undefined;
    return (verb === 'LIST') === (head === '') ? verb : undefined;
  }

  /** Content and 'more', then 'request' or 'refused'. @throws {LegacyFault} */
  *read(): Reading<ScanEvent> {
    this.#verb = yield* this.#readVerb();
    const end = yield* this.#gather();
    if (this.#verb === 'UPLOAD') return yield* this.#upload(end);
    if (end === 'limit') throw new LegacyFault('the request is too long');
    const argument = trimmed(this.#gathered);
    if ((this.#verb === 'LIST') !== (argument === '')) throw new LegacyFault(NOT_RECOGNISED);
    return this.#request(/^(["'])(.+)\1$/s.exec(argument)?.[2] ?? argument);
  }

  *#readVerb(): Reading<LegacyVerb> {
    for (;;) {
      const byte = yield* this.#input.peek();
      if (byte === -1 || isBlank(byte)) break;
      this.#word += String.fromCharCode(byte);
      // Whatever it is, it needn't be waited for.
      if (!mayBecomeVerb(this.#word)) throw new LegacyFault(NOT_RECOGNISED);
      this.#input.take(1);
    }
    const verb = verbOf(this.#word);
    if (verb === undefined) throw new LegacyFault(NOT_RECOGNISED);
    return verb;
  }

  *#gather(): Reading<HeadEnd> {
    for (;;) {
      const bytes = yield* this.#input.some();
      if (bytes === null) {
        this.#refuseHttp();
        return 'end';
      }
      const before = this.#length;
      this.#append(bytes.subarray(0, MAX_LEGACY_HEAD - before));
      if (bytes.includes(LF) && !this.#head.subarray(0, before).includes(LF)) this.#refuseHttp();
      const end = this.#head.subarray(0, this.#length).indexOf(TERMINATOR, Math.max(0, before - 3));
      if (end >= 0) {
        this.#input.take(end + TERMINATOR.length - before);
        this.#length = end;
        return 'terminator';
      }
      this.#input.take(this.#length - before);
      if (this.#length === MAX_LEGACY_HEAD) return 'limit';
    }
  }

  #append(bytes: Uint8Array): void {
    const needed = this.#length + bytes.length;
    if (needed > this.#head.length) {
      const wider = Buffer.alloc(Math.max(needed, 2 * this.#head.length));
      this.#head.copy(wider, 0, 0, this.#length);
      this.#head = wider;
    }
    this.#head.set(bytes, this.#length);
    this.#length = needed;
  }

  /** One character for each byte. */
  get #gathered(): string {
    return this.#head.toString('latin1', 0, this.#length);
  }

  /** A web page can make a browser send to this port: none of the lines behind its first may be a request. */
  #refuseHttp(): void {
    const [line] = this.#gathered.split('\n', 1);
    if (HTTP_LINE.test(line!)) throw new LegacyFault(NOT_RECOGNISED);
  }

  *#upload(end: HeadEnd): Reading<ScanEvent> {
    let split: UploadHead;
    try {
      split = splitUploadHead(this.#gathered, end !== 'limit');
    } catch (error) {
      // Where it ends is known, so the next request can be.
      if (!(error instanceof LegacyFault) || end === 'limit') throw error;
      return { kind: 'refused', message: error.message };
    }
    const name = split.length === undefined || split.nameWithLength === undefined ? split.name : null;
    let length = 0;
    const first = this.#head.subarray(split.content, this.#length);
    this.#inContent = true;
    if (end !== 'limit') {
      length = first.length;
      if (length > 0) yield { kind: 'content', text: first, name: decoded(name) };
    } else {
      this.#input.unread(first);
      for (const content of this.#content()) {
        if (content.kind === 'content') length += content.text.length;
        yield content.kind === 'content' ? { ...content, name: decoded(name) } : content;
      }
    }
    if (split.length === undefined || split.length === length) return this.#request(split.name);
    if (split.nameWithLength !== undefined) return this.#request(split.nameWithLength);
    return {
      kind: 'refused',
      message: `the base64 text has ${length} characters, not the ${split.length} that were named`,
    };
  }

  /** Everything up to the terminator. A line of HTTP can be longer than a head: a path may have `||` and base64 in it. */
  *#content(): Reading<void> {
    let lineEnd = '';
    for (let matched = 0; matched < TERMINATOR.length;) {
      const bytes = yield* this.#input.some();
      if (bytes === null) return;
      const length = matched === 0 ? this.#input.before(CR) : 0;
      if (length > 0) {
        lineEnd = (lineEnd + Buffer.from(bytes.subarray(Math.max(0, length - 16), length)).toString('latin1')).slice(
          -16,
        );
        yield content(bytes.subarray(0, length));
        this.#input.take(length);
        continue;
      }
      const byte = bytes[0]!;
      if (byte === CR && HTTP_LINE.test(lineEnd)) throw new LegacyFault(NOT_RECOGNISED);
      this.#input.take(1);
      const before = matched;
      matched = matchTerminator(before, byte);
      // It only looked like the end: content, and not base64.
      if (matched <= before) yield content(TERMINATOR.subarray(0, before));
      if (matched === 0) yield content(Uint8Array.of(byte));
    }
  }

  #request(name: string): ScanEvent {
    const text = decoded(name);
    if (text === null) return { kind: 'refused', message: 'the name of the file is not UTF-8' };
    if (this.#verb !== 'LIST' && text === '') return { kind: 'refused', message: NOT_RECOGNISED };
    return { kind: 'request', request: { dialect: 'text', verb: this.#verb!, name: text, snakeFields: false } };
  }
}

const HTTP_LINE = /HTTP\/\d(\.\d)?[ \r]*$/i;

/**
 * Without blanks at its ends. Not `trim`: a byte of a name in UTF-8 can look like a blank to it; and no pattern, which would take a
 * time quadratic in a row of blanks.
 */
function trimmed(text: string): string {
  let begin = 0;
  let end = text.length;
  while (begin < end && isBlank(text.charCodeAt(begin))) begin += 1;
  while (end > begin && isBlank(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(begin, end);
}

const content = (text: Uint8Array): ScanEvent => ({ kind: 'content', text, name: null });

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** @param name one character for each byte; null stays null @returns null when it isn't UTF-8 */
function decoded(name: string | null): string | null {
  try {
    return name === null ? null : utf8.decode(Buffer.from(name, 'latin1'));
  } catch {
    return null;
  }
}

/** Whether an upload that ends here has base64 that could be all of it. */
function hasContent(head: string): boolean {
  try {
    return splitUploadHead(head, true).content < head.length;
  } catch {
    return false;
  }
}
