import { SluiceError } from '../errors.js';

/** A legacy request that can't be understood. The message is what the client is told. */
export class LegacyFault extends SluiceError {
  constructor(message: string) {
    super('legacy-fault', message);
  }
}

/** What old servers say to whatever they don't understand. */
export const NOT_RECOGNISED = 'request tidak dikenali';
