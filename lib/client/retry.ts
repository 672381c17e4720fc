import { onAbort } from './aborts.js';
import { RemoteError } from './errors.js';
import type { Session } from './session.js';

/** Milliseconds to wait when the server doesn't say. */
const DEFAULT_WAIT = 500;
const MAX_WAIT = 30_000;

/** Refusals for want of room: nothing was done, and the same request will be taken later. */
function isRefusal(error: unknown): error is RemoteError {
  return error instanceof RemoteError && (error.code === 'busy' || error.code === 'too-many-streams');
}

/**
 * Tries until the server has room, or the session's `busyTimeoutMs` is over: then the last refusal is thrown.
 * @param again whether the attempt can be repeated
 */
export async function retryRefused<T>(
  session: Session,
  signal: AbortSignal | undefined,
  attempt: () => Promise<T>,
  again: () => boolean = () => true,
): Promise<T> {
  let deadline: number | undefined;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!isRefusal(error) || !again()) throw error;
      // Where the refusal was the end of the connection, nobody would wake who waits.
      if (session.refusal !== undefined) throw session.refusal;
      deadline ??= performance.now() + session.busyTimeoutMs;
      // Those who were refused together must not come back together.
      const wait = Math.min(MAX_WAIT, error.retryAfterMs ?? DEFAULT_WAIT) * (0.5 + Math.random());
      if (performance.now() + wait > deadline) throw error;
      await pause(session, wait, signal);
    }
  }
}

/** Waits `ms` milliseconds, or until the session or the signal ends it. */
function pause(session: Session, ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (error?: Error): void => {
      clearTimeout(timer);
      leaveSession();
      leaveSignal();
      if (error === undefined) resolve();
      else reject(error);
    };
    const timer = setTimeout(end, ms);
    const leaveSession = session.onceEnded(end);
    let leaveSignal = (): void => undefined;
    leaveSignal = onAbort(signal, end);
  });
}
