export type * from './api.js';
export { connect } from './connect.js';
