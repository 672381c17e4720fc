/** The library `sluice`. */
export * from './client/index.js';
export * from './server/index.js';
export { ProtocolError, SluiceError, type ErrorName } from '../protocol/errors.js';
