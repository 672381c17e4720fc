export type * from './api.js';
export { connect } from './connect.js';
export {
  ArgumentError,
  ConnectionError,
  type ConnectionErrorCode,
  IntegrityError,
  LocalFileError,
  type LocalFileErrorCode,
  RemoteError,
  TimeoutError,
} from './errors.js';
