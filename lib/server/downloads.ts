import { CHUNK_SIZE } from '../../protocol/limits.js';
import type { OpenAnswer, Slot } from '../storage/store.js';
import type { FrameWriter } from '../transport/frame-writer.js';
import { encodeFile, encodeRoot } from './answers.js';
import type { DownloadSlots, SlotReader } from './download-slots.js';
import type { GetStream } from './get-stream.js';
import type { StreamHost } from './stream.js';

/** Files that are opened in one call of the store at most. */
const OPEN_BATCH = 64;

export interface DownloadsHost extends StreamHost {
  /** Bytes that the peer has taken so far. */
  readonly taken: number;
  /** The peer reads too slowly for what it keeps from others. */
  onTooSlow(): void;
}

/**
 * The GETs of one connection. They share its download slots: many small files are read into one slot in one call of the
 * store; chunks of larger ones take turns, stream by stream. A slot is only asked for when there is credit to use it.
 */
export class Downloads implements SlotReader {
  held = 0;

  readonly #host: DownloadsHost;
  readonly #slots: DownloadSlots;
  readonly #writer: FrameWriter;
  /** Not opened yet. */
  #unopened: GetStream[] = [];
  /** How many are opened in the next call: as many as the last one had room for. */
  #batch = OPEN_BATCH;
  /** The last slot went to files that were not open: what is open comes next. */
  #openedLast = false;
  /** Open, with credit and chunks left, in the order of their turns. */
  readonly #ready: GetStream[] = [];
  /** Chunks that are with the writer. */
  #sending = 0;
  #closed = false;

  constructor(host: DownloadsHost, slots: DownloadSlots, writer: FrameWriter) {
    this.#host = host;
    this.#slots = slots;
    this.#writer = writer;
  }

  get taken(): number | undefined {
    return this.#sending > 0 ? this.#host.taken : undefined;
  }

  onTooSlow(): void {
    this.#host.onTooSlow();
  }

  open(stream: GetStream): void {
    this.#unopened.push(stream);
    if (this.#unopened.length > 1) return;
    // What one read of the socket brought comes in one turn, and is opened in one batch.
    queueMicrotask(() => this.#ask());
  }

  /** The stream may have become able to send its next chunk. */
  wake(stream: GetStream): void {
    if (stream.canRead && !this.#ready.includes(stream)) this.#ready.push(stream);
    this.#ask();
  }

  /** The stream is to end: nothing more of it is begun. */
  withdraw(stream: GetStream): void {
    this.#writer.withdraw(stream.id);
    const at = this.#unopened.indexOf(stream);
    if (at < 0) return;
    this.#unopened.splice(at, 1);
    stream.onUnopened();
  }

  /** The connection is gone. */
  close(): void {
    this.#closed = true;
    this.#slots.forget(this);
  }

  onSlot(slot: Slot): void {
    void this.#use(slot);
  }

  #ask(): void {
    if (this.#closed) return;
    if (this.#unopened.length > 0 || this.#ready.length > 0) this.#slots.request(this);
  }

  #give(slot: Slot): void {
    this.#slots.give(this, slot);
    this.#ask();
  }

  /** Opening, with which small files are done, takes turns with the chunks of larger ones. */
  async #use(slot: Slot): Promise<void> {
    const opens = this.#unopened.length > 0 && (this.#ready.length === 0 || !this.#openedLast);
    this.#openedLast = opens;
    const stream = opens ? undefined : this.#ready.shift();
    if (stream !== undefined && !stream.canRead) {
      this.#give(slot);
      return;
    }
    if (stream !== undefined) await this.#sendChunk(stream, slot);
    else await this.#openBatch(this.#unopened.splice(0, this.#batch), slot);
  }

  async #sendChunk(stream: GetStream, slot: Slot): Promise<void> {
    const chunk = await stream.read(slot);
    if (chunk === null) {
      this.#give(slot);
      return;
    }
    // The next chunk is read into the connection's other slot while this one leaves.
    this.wake(stream);
    this.#sending += 1;
    this.#writer.chunk({
      ...chunk,
      onDone: (sent) => {
        this.#sending -= 1;
        this.#give(slot);
        stream.onSent(sent && chunk.trailer !== undefined);
      },
    });
  }

  async #openBatch(streams: GetStream[], slot: Slot): Promise<void> {
    // A lease on the slot for each file whose content is in it, and one for this call.
    let leases = 1;
    const release = (): void => {
      leases -= 1;
      if (leases === 0) this.#give(slot);
    };
    if (streams.length > 0) {
      const answers = await this.#answers(streams, slot);
      answers.forEach((answer, i) => {
        if (this.#handleAnswer(streams[i]!, answer, release)) leases += 1;
      });
      this.#fitBatch(answers);
      this.#openLater(streams.filter((_, i) => answers[i]!.kind === 'later'));
    }
    release();
  }

  #fitBatch(answers: readonly OpenAnswer[]): void {
    const now = answers.filter(({ kind }) => kind !== 'later');
    const bytes = now.reduce((sum, answer) => sum + (answer.kind === 'content' ? answer.info.size : 0), 0);
    if (now.length < answers.length) this.#batch = now.length;
    else if (bytes < CHUNK_SIZE / 2) this.#batch = Math.min(OPEN_BATCH, this.#batch * 2);
  }

  /** Before those that came behind them. */
  #openLater(streams: readonly GetStream[]): void {
    const waiting = streams.filter((stream) => stream.onLater());
    if (waiting.length === 0) return;
    this.#unopened = [...waiting, ...this.#unopened];
    this.#ask();
  }

  async #answers(streams: GetStream[], slot: Slot): Promise<OpenAnswer[]> {
    const requests = streams.map((stream) => stream.openRequest(this.#host.algorithm));
    try {
      return await this.#host.store.open(requests, slot);
    } catch (error) {
      return streams.map(() => ({ kind: 'failed', error: error as Error }));
    }
  }

  /** @returns whether the answer's content stays in the slot until `release` is called */
  #handleAnswer(stream: GetStream, answer: OpenAnswer, release: () => void): boolean {
    if (answer.kind === 'later') return false;
    if (answer.kind === 'failed') {
      stream.onFailed(answer.error);
      return false;
    }
    if (answer.kind === 'download') {
      stream.onOpen(answer.info, answer.download);
      this.wake(stream);
      return false;
    }
    const { info, content, leaf, root } = answer;
    if (!stream.onContent()) return false;
    this.#host.send(encodeFile(stream.id, info, 0, info.size));
    const result = encodeRoot(stream.id, root);
    if (leaf === undefined) {
      this.#host.finish(stream, result);
      return false;
    }
    const bytes = content.slot.bytes.subarray(content.offset, content.offset + content.length);
    this.#sending += 1;
    this.#writer.chunk({
      stream: stream.id,
      epoch: 0,
      offset: 0,
      bytes,
      leaf,
      trailer: result,
      onDone: (sent) => {
        this.#sending -= 1;
        release();
        stream.onContentSent(sent);
      },
    });
    return true;
  }
}
