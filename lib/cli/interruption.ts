import { setMaxListeners } from 'node:events';
import process from 'node:process';
import { SluiceError } from '../../protocol/errors.js';

/** The person, or whoever runs the command, wants it to end. */
export class Interruption extends SluiceError {
  /** As shells have it: 128 and the signal's number. */
  readonly exitCode: number;

  constructor(signal: 'SIGINT' | 'SIGTERM') {
    super('interrupted', 'interrupted');
    this.exitCode = signal === 'SIGINT' ? 130 : 143;
  }
}

/** Nobody reads what the command writes. */
export class OutputClosed extends SluiceError {
  constructor() {
    super('output-closed', 'standard output was closed');
  }
}

/**
 * A signal that is aborted by SIGINT and SIGTERM, and when stdout is closed. What is under way is then cancelled, and takes its
 * temporary files along. The second SIGINT or SIGTERM ends the process at once.
 */
export function abortOnInterruption(): AbortSignal {
  const controller = new AbortController();
  // Every operation under way listens, and there can be many: that is no leak.
  setMaxListeners(0, controller.signal);
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      const interruption = new Interruption(name);
      if (controller.signal.aborted) process.exit(interruption.exitCode);
      controller.abort(interruption);
    });
  }
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    controller.abort(error.code === 'EPIPE' ? new OutputClosed() : error);
  });
  return controller.signal;
}
