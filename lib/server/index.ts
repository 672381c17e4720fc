export { type Logger, silentLogger } from './logger.js';
export type { ServerOptions } from './options.js';
export { serve, Server } from './server.js';
