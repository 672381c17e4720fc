import { ByteInput } from './byte-input.js';
import { LegacyFault } from './fault.js';
import { type Json, JsonReader } from './json-reader.js';
import type { LegacyVerb } from './request.js';
import type { More } from './scan-event.js';

/** What a server answered, content left out. */
export interface LegacyReply {
  /** The status says so. */
  readonly ok: boolean;
  /** What it says to people: `data` or `message`. Null when it says nothing. */
  readonly text: string | null;
  /** The name of the file that it is about, where it tells. */
  readonly name: string | null;
  /** Of a LIST: the names, as they came. Null when there are none to be found. */
  readonly names: readonly string[] | null;
  /** Of a GET: there was content, and events for it. */
  readonly hasContent: boolean;
}

/** What a scanner of replies has found. */
export type ReplyEvent =
  | More
  /** Base64 text, to be used before the scanner is asked again: it lies in the bytes that came. */
  | { readonly kind: 'content'; readonly text: Uint8Array }
  /** The reply ends here. Only now is it sure that the content was meant as such. */
  | { readonly kind: 'reply'; readonly reply: LegacyReply };

type Reading<R> = Generator<ReplyEvent, R>;

/** Bytes of a reply that aren't content or the names of a LIST. */
export const MAX_REPLY_HEAD = 65_536;
/** The names of a LIST, as they are written. */
export const MAX_LIST = 16_777_216;
/** A `data` of up to so many bytes is kept until it is clear whether it is the content or says something about it. */
const MAX_TEXT = 16_384;

const CONTENT_FIELDS: ReadonlySet<string> = new Set(['data_file', 'file_content']);

/**
 * Reads the reply to one request of the base64 protocol, in pieces cut anywhere and with its fields in any order. Content is handed on as it
 * comes; apart from it and a LIST's names a reply takes a bounded amount of memory.
 *
 * Push bytes when `next` says 'more', and call `next` until it says so again.
 */
export class ReplyScanner {
  readonly #verb: LegacyVerb;
  readonly #input = new ByteInput();
  readonly #json: JsonReader;
  readonly #events = this.#scan();
  #status: Json | undefined;
  #data: string | null = null;
  #message: string | null = null;
  #name: string | null = null;
  #names: string[] | null = null;
  #hasContent = false;
  /** It was the field `data`, too long to be kept: there can be no better one any more. */
  #dataWasContent = false;

  constructor(verb: LegacyVerb) {
    this.#verb = verb;
    this.#json = new JsonReader(this.#input, 'reply', verb === 'LIST' ? MAX_LIST : MAX_REPLY_HEAD);
  }

  /** All that was pushed has been looked at. */
  get empty(): boolean {
    return this.#input.empty;
  }

  /** @param bytes must not change before `next` says 'more' */
  push(bytes: Uint8Array): void {
    this.#input.push(bytes);
  }

  /** Nothing more comes: a reply that is whole but for its terminator is taken. */
  end(): void {
    this.#input.end();
  }

  /** @throws {LegacyFault} when it is no reply */
  next(): ReplyEvent {
    // It isn't asked again behind the reply.
    return this.#events.next().value as ReplyEvent;
  }

  *#scan(): Reading<void> {
    yield* this.#json.object<ReplyEvent>((key) => this.#field(key));
    yield* this.#json.terminator();
    if (typeof this.#status !== 'string') throw new LegacyFault('the reply has no status');
    const ok = this.#status.toUpperCase() === 'OK';
    if (ok && this.#verb === 'GET' && !this.#hasContent && this.#data !== null) {
      this.#hasContent = true;
      yield { kind: 'content', text: Buffer.from(this.#data) };
    }
    const text = this.#data ?? this.#message;
    yield {
      kind: 'reply',
      reply: { ok, text, name: this.#name, names: this.#names, hasContent: this.#hasContent },
    };
  }

  *#field(key: string): Reading<void> {
    if (key === 'status') this.#status = yield* this.#json.value(2);
    else if (key === 'message') this.#message = textOrNull(yield* this.#json.value(2));
    else if (key === 'data_namafile') this.#name = textOrNull(yield* this.#json.value(2));
    else if (key === 'data') yield* this.#dataField();
    else if (this.#verb === 'GET' && CONTENT_FIELDS.has(key)) yield* this.#contentField();
    else yield* this.#json.value(2);
  }

  *#dataField(): Reading<void> {
    const first = yield* this.#json.afterSpace();
    if (this.#verb === 'LIST' && first === '[') {
      yield* this.#listNames();
    } else if (this.#verb !== 'GET' || first !== '"') {
      this.#data = textOrNull(yield* this.#json.value(2));
    } else {
      this.#data = yield* this.#json.textUpTo(MAX_TEXT);
      if (this.#data !== null) return;
      this.#dataWasContent = !this.#hasContent;
      yield* this.#handOn(this.#json.rest(toContent));
    }
  }

  *#contentField(): Reading<void> {
    if ((yield* this.#json.afterSpace()) !== '"') {
      yield* this.#json.value(2);
      return;
    }
    if (this.#dataWasContent) throw new LegacyFault('the reply has two contents');
    yield* this.#handOn(this.#json.content(toContent));
  }

  /** The first content counts. A server may give the same under two names; the second is passed over, whatever its length. */
  *#handOn(content: Generator<ReplyEvent, void>): Reading<void> {
    const wanted = !this.#hasContent;
    this.#hasContent = true;
    for (const event of content) if (wanted || event.kind === 'more') yield event;
  }

  *#listNames(): Reading<void> {
    const names: string[] = [];
    const json = this.#json;
    yield* json.array<never>(function* (): Generator<More, void> {
      const name = yield* json.value(3);
      if (typeof name !== 'string') throw new LegacyFault('the reply lists something that is no name');
      names.push(name);
    });
    this.#names = names;
  }
}

const textOrNull = (value: Json): string | null => (typeof value === 'string' ? value : null);
const toContent = (text: Uint8Array): ReplyEvent => ({ kind: 'content', text });
