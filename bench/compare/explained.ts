import process from 'node:process';
import { SluiceError } from '../../protocol/errors.js';
import { UsageError } from '../../lib/cli/usage-error.js';

/** Runs a command. What a person can do something about is told in one line; all else is a fault of ours and keeps its stack. */
export async function explained(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    process.stderr.write(`error: ${error.message}\n`);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}
