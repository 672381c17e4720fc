import { MAX_ACK_PAIRS } from '../../protocol/limits.js';
import { AckGrade, encodeFrame } from '../../protocol/messages.js';

/**
 * Gathers what a stream has to acknowledge and tells it once a turn of the event loop (P-6.5): state that coalesces,
 * not a queue of frames.
 */
export class Acknowledgements {
  readonly #stream: number;
  readonly #send: (frame: Buffer) => void;
  readonly #pending = new Map<number, number[]>();

  constructor(stream: number, send: (frame: Buffer) => void) {
    this.#stream = stream;
    this.#send = send;
  }

  written(chunk: number): void {
    this.#add(AckGrade.written, [chunk]);
  }

  durable(chunks: readonly number[]): void {
    this.#add(AckGrade.durable, chunks);
  }

  /** Sends what is pending now: it must not come after the stream's final frame. */
  flush(): void {
    for (const [grade, chunks] of this.#pending) {
      const pairs = toPairs(chunks);
      for (let at = 0; at < pairs.length; at += 2 * MAX_ACK_PAIRS) {
        const part = pairs.slice(at, at + 2 * MAX_ACK_PAIRS);
        this.#send(encodeFrame('ack', { grade, chunks: part }, { stream: this.#stream }));
      }
    }
    this.#pending.clear();
  }

  #add(grade: number, chunks: readonly number[]): void {
    if (this.#pending.size === 0) setImmediate(() => this.flush());
    const pending = this.#pending.get(grade);
    if (pending === undefined) this.#pending.set(grade, [...chunks]);
    else pending.push(...chunks);
  }
}

/** Chunk indexes as pairs (first, count). */
function toPairs(chunks: number[]): number[] {
  const pairs: number[] = [];
  for (const chunk of chunks.sort((a, b) => a - b)) {
    const last = pairs.length - 2;
    if (last >= 0 && pairs[last]! + pairs[last + 1]! === chunk) pairs[last + 1]! += 1;
    else pairs.push(chunk, 1);
  }
  return pairs;
}
