import { LegacyPeer } from '../../fixtures/legacy-peer.js';
import { startServer, type TestServer } from '../../fixtures/server.js';
import type { ServerOptions } from '../../../lib/server/index.js';

export interface LegacyTestServer extends TestServer {
  /** A client that has connected; closed with the test. */
  readonly peer: () => LegacyPeer;
}

export async function startLegacyServer(
  t: { teardown(fn: () => unknown): void },
  options: Partial<ServerOptions> = {},
): Promise<LegacyTestServer> {
  const server = await startServer(t, options);
  const peer = (): LegacyPeer => {
    const client = new LegacyPeer(server.port);
    t.teardown(() => client.close());
    return client;
  };
  return { ...server, peer };
}

export const base64 = (bytes: Uint8Array | string): string => Buffer.from(bytes as string).toString('base64');
