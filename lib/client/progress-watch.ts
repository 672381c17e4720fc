import type { FrameWriter } from '../transport/frame-writer.js';
import { TimeoutError } from './errors.js';
import type { Stream } from './stream.js';
import type { Turns } from './turns.js';

// One timer of the session looks at all operations: a timer for each would cost more than a small file.

/** Fails the operations whose server owes the next step and gave no sign for `timeoutMs`. */
export function checkStreams(streams: Iterable<Stream>, writer: FrameWriter, timeoutMs: number): void {
  const now = performance.now();
  for (const stream of streams) {
    if (stream.cancelled) continue;
    const { waiting, title } = stream.operation;
    if (waiting === 'self') stream.lastSign = now;
    // Bytes that the socket takes are a sign, whichever stream's they are: streams take turns.
    if (waiting === 'sending') stream.lastSign = Math.max(stream.lastSign, writer.lastProgress);
    if (now - stream.lastSign > timeoutMs) {
      stream.operation.fail(new TimeoutError(`${title}: the server gave no sign for ${timeoutMs / 1000} s`));
    }
  }
}

/** Fails those that wait for a turn when those who have theirs don't get on. `lastActivity`: the last frame of any stream. */
export function checkTurns(turns: Turns, lastActivity: number, timeoutMs: number): void {
  const now = performance.now();
  const stuck = () => turns.heads.find(({ queuedAt }) => now - Math.max(queuedAt, lastActivity) > timeoutMs);
  for (let head = stuck(); head !== undefined; head = stuck()) {
    const why = `it waited for its turn, and no other operation moved for ${timeoutMs / 1000} s`;
    head.fail(new TimeoutError(`${head.title}: ${why}`));
  }
}
