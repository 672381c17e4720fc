import { SluiceError } from '../../protocol/errors.js';

/** The command line itself is wrong: exit code 2, and nothing was done. */
export class UsageError extends SluiceError {
  constructor(message: string) {
    super('usage', message);
  }
}
