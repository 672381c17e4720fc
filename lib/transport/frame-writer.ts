import type * as net from 'node:net';
import { encodeDataHead } from '../../protocol/frame.js';
import { DEFAULT_FRAGMENT, MAX_CONTROL_BACKLOG } from '../../protocol/limits.js';

/** One chunk to send. Its memory belongs to the writer until `onDone`. */
export interface ChunkJob {
  readonly stream: number;
  readonly epoch: number;
  /** Place in the file, bytes. */
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly leaf: Uint8Array;
  /** A control frame that must not overtake the chunk: it leaves right behind it. */
  readonly trailer?: Buffer | undefined;
  /** The kernel has all of it (`sent`), or it was withdrawn; in both cases the memory is free again. */
  onDone(sent: boolean): void;
}

/**
 * What leaves on one connection. Control frames go first; chunks are cut into fragments, and streams take turns
 * fragment by fragment, so that a control frame waits behind one fragment at most (P-4.2) and no file blocks another.
 *
 * At most one batch of about a fragment's size is with the socket at a time: Node's own queue never grows.
 */
export class FrameWriter {
  /** Greatest payload (P-3.5), bytes. */
  fragment = DEFAULT_FRAGMENT;
  /** When the batch that is with the socket was handed over, or the socket took some of it; ms of performance.now(). */
  lastProgress = performance.now();

  readonly #socket: net.Socket;
  readonly #onFlood: () => void;
  #control: Buffer[] = [];
  #controlBytes = 0;
  /** Streams with chunks to send, in the order of their turns. */
  readonly #turns: StreamQueue[] = [];
  readonly #queues = new Map<number, StreamQueue>();
  #busy = false;
  #pumping = false;
  #closed = false;
  #chunksEnded = false;
  /** Waits for the control frames that are not with the socket yet, and for those of the batch that is. */
  #whenFlushed: (() => void)[] = [];
  #whenBatchFlushed: (() => void)[] = [];
  /** Chunks of which the socket still holds bytes. */
  #underWay: Progress[] = [];

  constructor(socket: net.Socket, onFlood: () => void) {
    this.#socket = socket;
    this.#onFlood = onFlood;
    socket.on('close', () => this.close());
  }

  /** A batch is with the socket, which has not taken all of it. */
  get busy(): boolean {
    return this.#busy;
  }

  control(frame: Buffer): void {
    if (this.#closed) return;
    this.#control.push(frame);
    this.#controlBytes += frame.length;
    this.#schedule();
    if (this.#controlBytes > MAX_CONTROL_BACKLOG) this.#onFlood();
  }

  chunk(job: ChunkJob): void {
    if (this.#closed || this.#chunksEnded) return job.onDone(false);
    let queue = this.#queues.get(job.stream);
    if (queue === undefined) {
      queue = { stream: job.stream, jobs: [] };
      this.#queues.set(job.stream, queue);
      this.#turns.push(queue);
    }
    queue.jobs.push({ job, at: 0, withdrawn: false });
    this.#schedule();
  }

  /** Drops what of a stream's chunks is not with the socket yet. Each job still gets its `onDone`. */
  withdraw(stream: number): void {
    const queue = this.#queues.get(stream);
    if (queue === undefined) return;
    this.#queues.delete(stream);
    this.#turns.splice(this.#turns.indexOf(queue), 1);
    for (const progress of queue.jobs) {
      progress.withdrawn = true;
      if (!this.#underWay.includes(progress)) progress.job.onDone(false);
    }
  }

  /** Resolves when the control frames given so far are with the kernel, or the socket is closed. */
  controlFlushed(): Promise<void> {
    if (this.#closed || (!this.#busy && this.#control.length === 0)) return Promise.resolve();
    // Not "until none waits": on a busy connection there is always another.
    const waits = this.#control.length > 0 ? this.#whenFlushed : this.#whenBatchFlushed;
    return new Promise((resolve) => waits.push(resolve));
  }

  /** Drops every control frame that is not with the socket yet. */
  dropControl(): void {
    this.#control = [];
    this.#controlBytes = 0;
  }

  /** Drops every chunk that is not with the socket yet, and takes no more: a connection's last words are control frames. */
  endChunks(): void {
    this.#chunksEnded = true;
    for (const { stream } of [...this.#turns]) this.withdraw(stream);
  }

  /** The socket is gone: withdraws everything. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.dropControl();
    this.endChunks();
    this.#settle(this.#underWay, false);
    this.#whenBatchFlushed.push(...this.#whenFlushed);
    this.#wake();
  }

  /** Frames of one turn of the event loop leave together. */
  #schedule(): void {
    if (this.#busy || this.#pumping) return;
    this.#pumping = true;
    setImmediate(() => {
      this.#pumping = false;
      this.#pump();
    });
  }

  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    while (!this.#busy && !this.#closed && this.#writeBatch());
    this.#pumping = false;
  }

  /** @returns whether there was anything to write */
  #writeBatch(): boolean {
    const buffers = this.#control;
    const touched: Progress[] = [];
    this.dropControl();
    let room = this.fragment;
    for (let queue = this.#turns[0]; queue !== undefined && room > 0; queue = this.#turns[0]) {
      const progress = queue.jobs[0]!;
      const length = Math.min(this.fragment, progress.job.bytes.length - progress.at);
      if (length > room && room < this.fragment) break;
      this.#cut(progress, length, buffers);
      room -= length;
      if (!touched.includes(progress)) touched.push(progress);
      this.#turns.shift();
      if (progress.at === progress.job.bytes.length) queue.jobs.shift();
      if (queue.jobs.length > 0) this.#turns.push(queue);
      else this.#queues.delete(queue.stream);
    }
    if (buffers.length === 0) return false;
    this.#hand(buffers, touched);
    return true;
  }

  #cut(progress: Progress, length: number, buffers: Buffer[]): void {
    const { job, at } = progress;
    progress.at += length;
    const last = at + length === job.bytes.length;
    const head = encodeDataHead({
      stream: job.stream,
      epoch: job.epoch,
      offset: job.offset + at,
      payloadLength: length,
      leaf: last ? job.leaf : undefined,
    });
    buffers.push(head, job.bytes.subarray(at, at + length) as Buffer);
    if (last && job.trailer !== undefined) buffers.push(job.trailer);
  }

  #hand(buffers: Buffer[], touched: Progress[]): void {
    this.#busy = true;
    this.#whenBatchFlushed = this.#whenFlushed;
    this.#whenFlushed = [];
    this.#underWay = touched;
    this.lastProgress = performance.now();
    const last = buffers.length - 1;
    this.#socket.cork();
    for (let i = 0; i < last; i++) this.#socket.write(buffers[i]!);
    this.#socket.write(buffers[last]!, (error) => this.#handed(touched, error));
    this.#socket.uncork();
  }

  #handed(touched: Progress[], error: Error | null | undefined): void {
    if (this.#closed) return;
    // The socket is about to close: what it was given has not left.
    if (error) return this.close();
    this.#busy = false;
    this.#underWay = [];
    this.#settle(touched, true);
    this.#wake();
    this.#pump();
  }

  #settle(touched: readonly Progress[], taken: boolean): void {
    for (const progress of touched) {
      const sent = taken && progress.at === progress.job.bytes.length;
      if (sent || progress.withdrawn || !taken) progress.job.onDone(sent);
    }
  }

  #wake(): void {
    const waiting = this.#whenBatchFlushed;
    this.#whenBatchFlushed = [];
    for (const resolve of waiting) resolve();
  }
}

interface StreamQueue {
  readonly stream: number;
  readonly jobs: Progress[];
}

interface Progress {
  readonly job: ChunkJob;
  /** Bytes of the chunk that were handed over. */
  at: number;
  withdrawn: boolean;
}
