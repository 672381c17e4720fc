/** The base64 protocol that Sluice replaces, as its server speaks it (docs/protocol.md, section 11). */
export * from './base64-decoder.js';
export * from './base64-encoder.js';
export * from './fault.js';
export * from './reply.js';
export * from './request.js';
export * from './request-scanner.js';
export * from './scan-event.js';
