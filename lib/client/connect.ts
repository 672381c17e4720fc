import type { Client, ConnectOptions } from './api.js';

/** Connects to a server. */
export function connect(
  _target: string | { readonly host: string; readonly port: number },
  _options: ConnectOptions = {},
): Promise<Client> {
  return Promise.reject(new Error('not built yet'));
}
