/** The wire protocol of docs/protocol.md: bytes in, values out. Nothing here opens a socket, a file or a timer. */
export * from './algorithms.js';
export * from './chunks.js';
export * from './credit.js';
export * from './decoder.js';
export * from './digest-tree.js';
export * from './errors.js';
export * from './frame.js';
export * from './limits.js';
export * from './message-scan.js';
export * from './messages.js';
export * from './names.js';
export * from './preface.js';
