import type { ByteInput } from './byte-input.js';
import { LegacyFault, NOT_RECOGNISED } from './fault.js';
import { type Json, JsonReader } from './json-reader.js';
import { MAX_LEGACY_HEAD, verbOf, type LegacyVerb } from './request.js';
import type { ScanEvent } from './scan-event.js';

type Reading<R> = Generator<ScanEvent, R>;
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

/**
 * One request as a JSON object, fields in any order. Its content is handed on as it comes; everything else is bounded by MAX_LEGACY_HEAD.
 */
export class JsonRequest {
  readonly #json: JsonReader;
  #verb: LegacyVerb | undefined;
  #name: string | null = null;
  #snakeFields = false;
  #hasContent = false;
  readonly #roles = new Set<Role>();
  /** Why it can't be carried out, though it can be read to its end. */
  #refusal: string | null = null;
  #whole = false;

  constructor(input: ByteInput) {
    this.#json = new JsonReader(input, 'request', MAX_LEGACY_HEAD);
  }

  /** What it is if nothing more comes; undefined when it isn't whole. */
  get endsHere(): LegacyVerb | undefined {
    return this.#whole ? this.#verb : undefined;
  }

  /** Content and 'more', then 'request' or 'refused'. @throws {LegacyFault} */
  *read(): Reading<ScanEvent> {
    yield* this.#json.object((key) => this.#field(key));
    this.#whole = true;
    yield* this.#json.terminator();
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
      yield* this.#json.value(2);
      return;
    }
    if (this.#roles.has(role)) this.#refuse(`the field ${role} comes twice`);
    this.#roles.add(role);
    if (key.startsWith('file_')) this.#snakeFields = true;
    if (role === 'command') this.#onCommand(yield* this.#json.value(2));
    else if (role === 'name') this.#onName(yield* this.#json.value(2));
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
    if ((yield* this.#json.afterSpace()) !== '[') {
      yield* this.#json.value(2);
      this.#refuse('params is not an array');
      return;
    }
    yield* this.#json.array((index) => this.#param(index));
  }

  *#param(index: number): Reading<void> {
    if (index === 0 && this.#verb !== 'LIST') this.#onName(yield* this.#json.value(3));
    else if (index === 1) yield* this.#contentValue(3);
    else yield* this.#json.value(3);
  }

  *#contentValue(depth: number): Reading<void> {
    const first = yield* this.#json.afterSpace();
    const wanted = this.#verb === undefined || this.#verb === 'UPLOAD';
    if (first !== '"' || !wanted || this.#hasContent) {
      yield* this.#json.value(depth);
      if (wanted) this.#refuse(this.#hasContent ? 'the upload has two contents' : 'the content is not a text');
      return;
    }
    this.#hasContent = true;
    const name = this.#name;
    yield* this.#json.content((text) => ({ kind: 'content', text, name }) as const);
  }

  /** The first reason counts. */
  #refuse(message: string): void {
    this.#refusal ??= message;
  }
}
