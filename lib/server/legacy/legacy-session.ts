import { ProtocolError } from '../../../protocol/errors.js';
import { errorReply } from '../../../protocol/legacy/reply.js';
import type { LegacyVerb } from '../../../protocol/legacy/request.js';
import { RequestScanner } from '../../../protocol/legacy/request-scanner.js';
import type { ScanEvent } from '../../../protocol/legacy/scan-event.js';
import type { Algorithm } from '../../../protocol/algorithms.js';
import type { Store } from '../../storage/store.js';
import type { Connection, ForeignSession } from '../../transport/connection.js';
import type { DownloadSlots } from '../download-slots.js';
import type { Logger } from '../logger.js';
import type { Owner, UploadSlots } from '../upload-slots.js';
import { LegacyDownload } from './legacy-download.js';
import { LegacyOperations } from './legacy-operations.js';
import { LegacyUpload } from './legacy-upload.js';
import { QuietWatch, type Watched } from './quiet-watch.js';
import { ReceiveBuffer } from './receive-buffer.js';
import { ReplyWriter } from './reply-writer.js';
import type { LegacyTimeouts } from './timeouts.js';

/** What the legacy sessions of a server share. */
export interface LegacyShared {
  readonly store: Store;
  readonly uploadSlots: UploadSlots;
  readonly downloadSlots: DownloadSlots;
  readonly logger: Logger;
  readonly algorithm: Algorithm;
  /** Whether an upload without terminator is taken once nothing more comes (P-11.12). */
  readonly unterminated: boolean;
  readonly timeouts: LegacyTimeouts;
}

/** Dead peers are noticed by the system: nothing is sent on an idle connection. */
const KEEP_ALIVE = 60_000;

/**
 * One connection that speaks the base64 protocol (docs/protocol.md, section 11): requests one after the other, one reply each. While one is
 * answered, or an upload has no memory, no byte behind it is looked at, and the socket isn't read: the protocol has no other way to say "wait".
 */
export class LegacySession implements ForeignSession, Watched {
  readonly #connection: Connection;
  readonly #shared: LegacyShared;
  readonly #owner: Owner;
  readonly #receive = new ReceiveBuffer();
  readonly #scanner = new RequestScanner();
  readonly #download: LegacyDownload;
  readonly #operations: LegacyOperations;
  readonly #quiet: QuietWatch;
  #upload: LegacyUpload | null = null;
  /** Content that the upload has not taken yet. */
  #content: { text: Uint8Array; readonly name: string | null } | null = null;
  /** Bytes that came although the socket was paused: the rest of a read that was under way. */
  #late: Uint8Array[] = [];
  #requestSince: number | null = null;
  #answering = false;
  /** The client sends no more. */
  #ended = false;
  #draining = false;
  /** Nothing is looked at any more: the last words are under way, or the connection is gone. */
  #over = false;

  constructor(connection: Connection, shared: LegacyShared) {
    const { store, uploadSlots, downloadSlots, algorithm, logger, timeouts } = shared;
    this.#connection = connection;
    this.#shared = shared;
    this.#owner = uploadSlots.createOwner();
    const writer = new ReplyWriter(connection, timeouts.stalled);
    const onTooSlow = (): void =>
      connection.destroy(new ProtocolError('timeout', 'the client reads too slowly while others wait for memory'));
    this.#download = new LegacyDownload({ store, downloadSlots, algorithm, writer, onTooSlow });
    this.#operations = new LegacyOperations(store, logger, writer, this.#download);
    this.#quiet = new QuietWatch(this, timeouts);
    connection.socket.setKeepAlive(true, KEEP_ALIVE);
  }

  // What the session tells that recognised the protocol.

  /** The bytes by which it did. */
  begin(bytes: Uint8Array): void {
    this.#onBytes(bytes);
  }

  /** The server is stopping: the request under way is finished, nothing new is begun. */
  drain(): void {
    this.#draining = true;
    if (!this.#answering && !this.#scanner.inRequest) this.#end();
  }

  /** The connection is gone, or fails. */
  close(): void {
    this.#stop();
    this.#download.close();
    void this.#dropUpload();
  }

  // What the connection tells.

  view(): Uint8Array {
    return this.#receive.view(this.#upload !== null);
  }

  advance(length: number): void {
    if (!this.#over) this.#onBytes(this.#receive.received(length));
  }

  onEnd(): void {
    this.#ended = true;
    this.#run();
  }

  // What the watch over silences asks and tells.

  get awaiting(): boolean {
    return !this.#answering && this.#hungry;
  }

  get requestSince(): number | null {
    return this.#requestSince;
  }

  get inHead(): boolean {
    return this.#upload === null;
  }

  /** An upload that was cut short can look whole: whether that is taken is for the options to say (P-11.12). */
  get couldEndAs(): LegacyVerb | undefined {
    const verb = this.#scanner.endsHere;
    if (verb === 'UPLOAD') return this.#shared.unterminated && (this.#upload?.whole ?? true) ? verb : undefined;
    return verb === 'DELETE' ? undefined : verb;
  }

  onIdle(): void {
    this.#end();
  }

  onUnterminated(): void {
    this.#scanner.end();
    this.#run();
  }

  onLate(): void {
    void this.#fail('the request did not come to its end in time');
  }

  /** All that came has been looked at. */
  get #hungry(): boolean {
    return this.#content === null && this.#scanner.empty && this.#late.length === 0;
  }

  #onBytes(bytes: Uint8Array): void {
    this.#quiet.onBytes();
    if (this.#hungry) {
      this.#scanner.push(bytes);
      this.#receive.hold();
    } else {
      this.#late.push(new Uint8Array(bytes));
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
    this.#quiet.watch();
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
    else if (this.couldEndAs !== undefined) this.#scanner.end();
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
    const { store, uploadSlots, algorithm, timeouts } = this.#shared;
    const onRoom = (): void => {
      this.#quiet.restart();
      this.#run();
    };
    return new LegacyUpload({
      store,
      uploadSlots,
      owner: this.#owner,
      algorithm,
      patience: timeouts.memory,
      onRoom,
    });
  }

  async #answer(event: Extract<ScanEvent, { kind: 'request' | 'refused' }>): Promise<void> {
    this.#answering = true;
    const upload = this.#upload;
    try {
      if (event.kind === 'refused') await this.#operations.refuse(event.message, upload);
      // An empty file has had no content to begin with.
      else if (event.request.verb !== 'UPLOAD') await this.#operations.answer(event.request, upload);
      else await this.#operations.answer(event.request, upload ?? (this.#upload = this.#newUpload()));
    } catch (error) {
      // A close is all that is left to say.
      this.#connection.destroy(error as Error);
      return;
    }
    this.#upload = null;
    this.#answering = false;
    this.#quiet.restart();
    if (this.#draining) this.#end();
    else this.#run();
  }

  async #dropUpload(): Promise<void> {
    const upload = this.#upload;
    this.#upload = null;
    await upload?.abort();
  }

  /** What comes can't be understood, or not be trusted to be a request: one reply, then the last words (P-8.2). */
  async #fail(message: string): Promise<void> {
    if (this.#over) return;
    this.#stop();
    const failure = this.#upload?.failure;
    // The reply says that nothing is left of the upload.
    await this.#dropUpload();
    if (this.#connection.failed) return;
    this.#connection.socket.resume();
    this.#connection.endForeign(Buffer.from(errorReply(failure?.message ?? message)));
  }

  #end(): void {
    if (this.#over) return;
    this.#stop();
    // A paused socket doesn't see the peer's end.
    this.#connection.socket.resume();
    this.#connection.end();
  }

  #stop(): void {
    this.#over = true;
    this.#quiet.stop();
    this.#content = null;
    this.#late = [];
  }
}
