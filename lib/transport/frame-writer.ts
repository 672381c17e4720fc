import type * as net from 'node:net';
import { encodeDataHead } from '../../protocol/frame.js';
import { DEFAULT_FRAGMENT, MAX_CONTROL_BACKLOG } from '../../protocol/limits.js';

/**
 * So many frames leave without waiting for the end of the turn. A turn may be as long as it takes to handle a megabyte of what
 * arrived, and meanwhile the peer would have nothing to do.
 */
const BURST = 32;

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
 * Nothing is handed over while the socket still holds anything: Node's own queue never has more than one batch of about a
 * fragment's size.
 */
export class FrameWriter {
  /** Greatest payload (P-3.5), bytes. */
  fragment = DEFAULT_FRAGMENT;
  /** When the last batch was handed over, or the socket took some of it; ms of performance.now(). */
  lastProgress = performance.now();

  readonly #socket: net.Socket;
  readonly #onFlood: () => void;
  #control: Buffer[] = [];
  #controlBytes = 0;
  /** Streams with chunks to send, in the order of their turns. */
  readonly #turns: StreamQueue[] = [];
  readonly #queues = new Map<number, StreamQueue>();
  #scheduled = false;
  #closed = false;
  #chunksEnded = false;
  /** Waits for the control frames that are not with the socket yet. */
  #whenFlushed: (() => void)[] = [];
  /** What was handed over and not reported yet, in order. The kernel has all of it, but for the last batch. */
  readonly #batches: Batch[] = [];

  constructor(socket: net.Socket, onFlood: () => void) {
    this.#socket = socket;
    this.#onFlood = onFlood;
    socket.on('close', () => this.close());
  }

  /** A batch is with the socket, and the kernel has not taken all of it. */
  get busy(): boolean {
    // Without a batch of its own, what the socket holds is another's, and nobody will tell when it has left.
    return this.#batches.length > 0 && this.#socket.writableLength > 0;
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
    queue.jobs.push({ job, at: 0, batches: 0, withdrawn: false });
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
      if (progress.batches === 0) progress.job.onDone(false);
    }
  }

  /** Resolves when the control frames given so far are with the kernel, or the socket is closed. */
  controlFlushed(): Promise<void> {
    if (this.#closed || (!this.busy && this.#control.length === 0)) return Promise.resolve();
    // Not "until none waits": on a busy connection there is always another.
    const waits = this.#control.length > 0 ? this.#whenFlushed : this.#batches.at(-1)!.whenTaken;
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
    const batches = this.#batches.splice(0);
    for (const progress of new Set(batches.flatMap(({ chunks }) => chunks))) progress.job.onDone(false);
    for (const { whenTaken } of batches) callAll(whenTaken);
    callAll(this.#whenFlushed);
  }

  /** Frames of one turn of the event loop leave together, or a burst of them. */
  #schedule(): void {
    if (this.busy) return;
    if (this.#control.length + this.#turns.length >= BURST) return this.#pump();
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#pump();
    });
  }

  #pump(): void {
    while (!this.#closed && !this.busy && !this.#hasFailed && this.#writeBatch());
  }

  /** The socket takes everything now and sends nothing; it will tell later. */
  get #hasFailed(): boolean {
    return this.#socket.destroyed || this.#socket.errored !== null;
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
      if (!touched.includes(progress)) {
        progress.batches += 1;
        touched.push(progress);
      }
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
    this.#batches.push({ chunks: touched, whenTaken: this.#whenFlushed });
    this.#whenFlushed = [];
    this.lastProgress = performance.now();
    const last = buffers.length - 1;
    this.#socket.cork();
    for (let i = 0; i < last; i++) this.#socket.write(buffers[i]!);
    this.#socket.write(buffers[last]!, (error) => this.#handed(error));
    this.#socket.uncork();
  }

  /** The kernel has all of the oldest batch. Later ones may be there too by now, and the last one in part. */
  #handed(error: Error | null | undefined): void {
    if (this.#closed) return;
    // The socket is about to close: what it was given has not left.
    if (error) return this.close();
    const { chunks, whenTaken } = this.#batches.shift()!;
    callAll(whenTaken);
    for (const progress of chunks) this.#settle(progress);
    this.#pump();
  }

  #settle(progress: Progress): void {
    progress.batches -= 1;
    const sent = progress.at === progress.job.bytes.length;
    if (progress.batches === 0 && (sent || progress.withdrawn)) progress.job.onDone(sent);
  }
}

function callAll(callbacks: readonly (() => void)[]): void {
  for (const callback of callbacks) callback();
}

/** What was handed to the socket in one call. */
interface Batch {
  /** Those with bytes in it. */
  readonly chunks: readonly Progress[];
  /** Waits for its control frames. */
  readonly whenTaken: (() => void)[];
}

interface StreamQueue {
  readonly stream: number;
  readonly jobs: Progress[];
}

interface Progress {
  readonly job: ChunkJob;
  /** Bytes of the chunk that were handed over. */
  at: number;
  /** Batches with bytes of it that were handed over and not reported yet. */
  batches: number;
  withdrawn: boolean;
}
