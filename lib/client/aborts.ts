import { toError } from './errors.js';

type Callback = (reason: Error) => void;

/** Who waits for each signal. One listener of ours per signal: thousands would be slow, and Node warns of them as of a leak. */
const waiting = new WeakMap<AbortSignal, Set<Callback>>();

/**
 * Calls back once when `signal` aborts, with its reason as an Error; at once if it has.
 * @returns takes that back
 */
export function onAbort(signal: AbortSignal | undefined, callback: Callback): () => void {
  if (signal === undefined) return ignore;
  if (signal.aborted) {
    callback(toError(signal.reason));
    return ignore;
  }
  const callbacks = waiting.get(signal) ?? listen(signal);
  // A callback of its own for each call: two that wait with the same function are two.
  const own: Callback = (reason) => callback(reason);
  callbacks.add(own);
  return () => callbacks.delete(own);
}

function listen(signal: AbortSignal): Set<Callback> {
  const callbacks = new Set<Callback>();
  waiting.set(signal, callbacks);
  const reason = (): Error => toError(signal.reason);
  signal.addEventListener('abort', () => callbacks.forEach((callback) => callback(reason())), { once: true });
  return callbacks;
}

const ignore = (): void => undefined;
