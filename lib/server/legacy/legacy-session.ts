import { ProtocolError } from '../../../protocol/errors.js';
import { LegacyFault } from '../../../protocol/legacy/fault.js';
import {
  deleteReply,
  errorReply,
  LIST_BEGIN,
  LIST_END,
  listNames,
  notFoundText,
  uploadReply,
} from '../../../protocol/legacy/reply.js';
import type { LegacyRequest } from '../../../protocol/legacy/request.js';
import { RequestScanner } from '../../../protocol/legacy/request-scanner.js';
import type { ScanEvent } from '../../../protocol/legacy/scan-event.js';
import type { Algorithm } from '../../../protocol/messages.js';
import type { Store } from '../../storage/store.js';
import type { Connection, ForeignSession } from '../../transport/connection.js';
import type { DownloadSlots } from '../download-slots.js';
import type { Logger } from '../logger.js';
import type { Owner, UploadSlots } from '../upload-slots.js';
import { LegacyDownload } from './legacy-download.js';
import { LegacyUpload } from './legacy-upload.js';
import { ReceiveBuffer } from './receive-buffer.js';
import { ReplyWriter } from './reply-writer.js';
import type { LegacyTimeouts } from './timeouts.js';

/** Names that are looked up, and sent, at a time. */
const LIST_PAGE = 512;

/** What the legacy sessions of a server share. */
export interface LegacyShared {
  readonly store: Store;
  readonly uploadSlots: UploadSlots;
  readonly downloadSlots: DownloadSlots;
  readonly logger: Logger;
  readonly algorithm: Algorithm;
  /** Whether an upload without terminator is taken once nothing more comes. */
  readonly unterminated: boolean;
  readonly timeouts: LegacyTimeouts;
}

/**
 * One connection that speaks the base64 protocol (docs/protocol.md, section 11): requests one after the other, one reply each. While one is
 * answered, or an upload has no memory, no byte behind it is looked at, and the socket isn't read: the protocol has no other way to say "wait".
 */
export class LegacySession implements ForeignSession {
  readonly #connection: Connection;
  readonly #shared: LegacyShared;
  readonly #owner: Owner;
  readonly #receive = new ReceiveBuffer();
  readonly #scanner = new RequestScanner();
  readonly #writer: ReplyWriter;
  readonly #download: LegacyDownload;
  #upload: LegacyUpload | null = null;
  /** Content that the upload has not taken yet. */
  #content: { text: Uint8Array; readonly name: string | null } | null = null;
  /** Bytes that came although the socket was paused: a read that was under way. */
  #late: Uint8Array[] = [];
  #answering = false;
  /** The client sends no more. */
  #ended = false;
  #draining = false;
  /** Nothing is looked at any more: the last words are under way, or the connection is gone. */
  #over = false;
  #timer: NodeJS.Timeout | undefined;
  #timerDue = 0;
  #lastHeard = performance.now();
  /** When the last reply had left; when the request under way began. */
  #quietSince = performance.now();
  #requestSince: number | null = null;

  constructor(connection: Connection, shared: LegacyShared) {
    this.#connection = connection;
    this.#shared = shared;
    this.#owner = shared.uploadSlots.createOwner();
    this.#writer = new ReplyWriter(connection, shared.timeouts.stalled);
    this.#download = new LegacyDownload({
      store: shared.store,
      downloadSlots: shared.downloadSlots,
      algorithm: shared.algorithm,
      writer: this.#writer,
      onTooSlow: () =>
        connection.destroy(new ProtocolError('timeout', 'the client reads too slowly while others wait for memory')),
    });
    // An idle client that is gone without a word would be kept for ever.
    connection.socket.setKeepAlive(true, 60_000);
  }

  // What the connection tells.

  /** The bytes by which the protocol was recognised. */
  begin(bytes: Uint8Array): void {
    this.#receiveBytes(bytes);
  }

  view(): Uint8Array {
    return this.#receive.view(this.#upload !== null);
  }

  advance(length: number): void {
    this.#lastHeard = performance.now();
    if (!this.#over) this.#receiveBytes(this.#receive.received(length));
  }

  onEnd(): void {
    this.#ended = true;
    this.#run();
  }

  /** The server is stopping: the request under way is finished, nothing new is begun. */
  drain(): void {
    this.#draining = true;
    if (!this.#answering && !this.#scanner.inRequest) this.#end();
  }

  /** The connection is gone, or fails. */
  close(): void {
    this.#over = true;
    clearTimeout(this.#timer);
    this.#content = null;
    this.#late = [];
    this.#download.close();
    void this.#dropUpload();
  }

  /** All that came has been looked at. */
  get #hungry(): boolean {
    return this.#content === null && this.#scanner.empty && this.#late.length === 0;
  }

  #receiveBytes(bytes: Uint8Array): void {
    if (this.#hungry) {
      this.#scanner.push(bytes);
      this.#receive.hold();
    } else {
      this.#late.push(bytes.slice());
    }
    this.#run();
  }

  #run(): void {
    while (!this.#over && !this.#answering && this.#step());
    if (this.#over) return;
    if (this.#hungry) {
      this.#receive.release();
      this.#connection.socket.resume();
    } else {
      this.#connection.socket.pause();
    }
    this.#setTimer();
  }

  /** @returns whether there may be more to do at once */
  #step(): boolean {
    if (this.#content !== null) return this.#takeContent(this.#content);
    const event = this.#scanner.next();
    this.#requestSince = this.#scanner.inRequest ? (this.#requestSince ?? performance.now()) : null;
    switch (event.kind) {
      case 'more':
        return this.#more();
      case 'content':
        this.#content = { ...event };
        return true;
      case 'fault':
        void this.#fail(event.message);
        return false;
      default:
        void this.#answer(event);
        return false;
    }
  }

  #more(): boolean {
    const late = this.#late.shift();
    if (late !== undefined) {
      this.#scanner.push(late);
      return true;
    }
    if (!this.#ended) return false;
    if (!this.#scanner.inRequest) this.#end();
    else if (this.#couldEndHere) this.#scanner.end();
    else void this.#fail('the request is cut short');
    return !this.#over;
  }

  #takeContent(content: { text: Uint8Array; readonly name: string | null }): boolean {
    this.#upload ??= this.#newUpload();
    content.text = content.text.subarray(this.#upload.take(content.text, content.name));
    if (this.#upload.blocked) return false;
    this.#content = null;
    return true;
  }

  #newUpload(): LegacyUpload {
    const { store, uploadSlots, algorithm } = this.#shared;
    const onRoom = (): void => {
      // The silence until now was ours.
      this.#lastHeard = performance.now();
      this.#run();
    };
    return new LegacyUpload({ store, uploadSlots, owner: this.#owner, algorithm, onRoom });
  }

  /** Whether what is there is a request although its terminator isn't. An upload that was cut short can look whole: that is asked for or not. */
  get #couldEndHere(): boolean {
    switch (this.#scanner.endsHere) {
      case 'LIST':
      case 'GET':
        return true;
      case 'UPLOAD':
        return this.#shared.unterminated && (this.#upload?.whole ?? true);
      default:
        return false;
    }
  }

  // Answers.

  async #answer(event: Extract<ScanEvent, { kind: 'request' | 'refused' }>): Promise<void> {
    this.#answering = true;
    try {
      await this.#reply(event);
    } catch (error) {
      // The reply had begun, and can't be taken back: a close is all that is left to say. Or the connection is gone.
      this.#connection.destroy(error as Error);
      return;
    } finally {
      this.#answering = false;
      this.#quietSince = this.#lastHeard = performance.now();
    }
    if (this.#draining) this.#end();
    else this.#run();
  }

  async #reply(event: Extract<ScanEvent, { kind: 'request' | 'refused' }>): Promise<void> {
    this.#writer.begin();
    if (event.kind === 'refused') {
      const failure = this.#upload?.failure;
      await this.#dropUpload();
      return this.#writer.write(errorReply(failure?.message ?? event.message));
    }
    const { request } = event;
    let reply: string | null;
    try {
      reply = await this.#carryOut(request);
    } catch (error) {
      if (this.#writer.begun || this.#over) throw error;
      reply = errorReply(this.#textOf(error as Error, request));
    }
    if (reply !== null) await this.#writer.write(reply);
  }

  /** @returns the reply; null when it has left already */
  async #carryOut(request: LegacyRequest): Promise<string | null> {
    const { store } = this.#shared;
    if (request.verb === 'UPLOAD') return this.#publish(request);
    // Content of a request that turned out to be none that has any.
    await this.#dropUpload();
    if (request.verb === 'GET') {
      await this.#download.send(request);
      return null;
    }
    if (request.verb === 'LIST') return this.#list();
    // `remove` would take an empty folder too.
    const { type } = await store.stat(request.name);
    if (type === 'folder') throw new ProtocolError('not-a-file', 'it is a folder, not a file');
    await store.remove(request.name);
    return deleteReply(request);
  }

  async #publish(request: LegacyRequest): Promise<string> {
    // An empty file has no content to begin with.
    const upload = this.#upload ?? this.#newUpload();
    this.#upload = null;
    await upload.publish(request.name);
    return uploadReply(request);
  }

  /** Sends all of a listing but its end. */
  async #list(): Promise<string> {
    const listing = await this.#shared.store.list('', '');
    let before = '';
    let begin = LIST_BEGIN;
    for (let page = await listing.next(LIST_PAGE); page.length > 0; page = await listing.next(LIST_PAGE)) {
      const names = page.filter(({ type }) => type === 'file').map(({ name }) => name);
      if (names.length === 0) continue;
      await this.#writer.write(begin + before + listNames(names));
      begin = '';
      before = ', ';
    }
    return begin + LIST_END;
  }

  #textOf(error: Error, request: LegacyRequest): string {
    if (error instanceof ProtocolError) return error.code === 'not-found' ? notFoundText(request) : error.message;
    if (error instanceof LegacyFault) return error.message;
    this.#shared.logger.error({ err: error }, 'unexpected fault');
    return 'a fault of the server; see its log';
  }

  async #dropUpload(): Promise<void> {
    const upload = this.#upload;
    this.#upload = null;
    await upload?.abort();
  }

  // Ends.

  /** Nothing that comes now can be understood, or trusted to be a request: one reply, then the last words. */
  async #fail(message: string): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#timer);
    this.#content = null;
    const failure = this.#upload?.failure;
    // The reply says that nothing is left of the upload.
    await this.#dropUpload();
    if (this.#connection.failed) return;
    this.#connection.socket.resume();
    this.#connection.endForeign(Buffer.from(errorReply(failure?.message ?? message)));
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#timer);
    // A paused socket doesn't see the peer's end.
    this.#connection.socket.resume();
    this.#connection.end();
  }

  // Time.

  /** The timer isn't moved by every byte: when it fires it looks how long it was quiet. */
  #setTimer(): void {
    if (this.#answering || !this.#hungry) return;
    const { idle, unterminated } = this.#shared.timeouts;
    this.#wakeAt(this.#requestSince === null ? this.#quietSince + idle : this.#lastHeard + unterminated);
  }

  #wakeAt(due: number): void {
    if (this.#timer !== undefined && this.#timerDue <= due) return;
    clearTimeout(this.#timer);
    this.#timerDue = due;
    this.#timer = setTimeout(() => this.#onTimer(), Math.max(1, Math.ceil(due - performance.now()))).unref();
  }

  #onTimer(): void {
    this.#timer = undefined;
    if (this.#over || this.#answering || !this.#hungry) return;
    const { idle, silence, head, unterminated, unterminatedUpload } = this.#shared.timeouts;
    const now = performance.now();
    if (this.#requestSince === null) {
      if (now >= this.#quietSince + idle) this.#end();
      else this.#setTimer();
      return;
    }
    const waits = [this.#lastHeard + silence, this.#upload === null ? this.#requestSince + head : Infinity];
    if (now >= Math.min(...waits)) return void this.#fail('the request did not come to its end in time');
    if (this.#couldEndHere) {
      const quietAt = this.#lastHeard + (this.#scanner.endsHere === 'UPLOAD' ? unterminatedUpload : unterminated);
      if (now >= quietAt) {
        this.#scanner.end();
        return this.#run();
      }
      waits.push(quietAt);
    }
    // More may have come since it was set.
    const looked = this.#lastHeard + unterminated;
    if (looked > now) waits.push(looked);
    this.#wakeAt(Math.min(...waits));
  }
}
