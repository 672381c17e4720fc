/** The base64 protocol that Sluice replaces, as servers and clients of this project speak it (docs/protocol.md, section 11). */
export * from './base64-decoder.js';
export * from './base64-encoder.js';
export * from './fault.js';
export * from './reply.js';
export * from './reply-scanner.js';
export * from './request.js';
export * from './request-scanner.js';
export * from './request-writer.js';
export * from './scan-event.js';
