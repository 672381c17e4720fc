export type * from './api.js';
export { connect } from './connect.js';
export {
  ArgumentError,
  BadReplyError,
  ConnectionError,
  type ConnectionErrorCode,
  IntegrityError,
  LegacyServerError,
  LocalFileError,
  type LocalFileErrorCode,
  RemoteError,
  TimeoutError,
  UnsupportedError,
} from './errors.js';
