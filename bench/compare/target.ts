import { randomBytes } from 'node:crypto';
import { connect } from '../../lib/client/index.js';
import { HUNG } from './hung.js';
import type { Place, Protocol } from './client-job.js';
import type { Venue } from './venue.js';

/**
 * A server that is running already. Its files are reached by a client of this project, outside of the timed part: what
 * was uploaded is read back, and nothing stays there. Names are unlike any that it may have.
 * @param copy where what is read back goes
 */
export async function openTarget(place: Place, protocol: Protocol, copy: string): Promise<Venue> {
  // With the usual patience, for an address where nobody is.
  await (await connect(place, { protocol })).close();
  const client = await connect(place, { protocol, timeoutMs: HUNG * 1000 });
  const names = new Set<string>();
  return {
    place,
    speech: protocol,
    prefix: `sluice-compare-${randomBytes(6).toString('hex')}-`,
    server: null,
    expect(remotes) {
      for (const remote of remotes) names.add(remote);
    },
    async offer(source, remote) {
      names.add(remote);
      await client.put(source, remote);
    },
    async collect(remote) {
      try {
        await client.get(remote, copy);
        return copy;
      } catch {
        return null;
      }
    },
    async remove(remote) {
      try {
        await client.remove(remote);
        names.delete(remote);
      } catch {
        // What a client failed to upload isn't there; nor is, yet, what a stopped one had sent to its end.
      }
    },
    async close() {
      for (const remote of names) await client.remove(remote).catch(() => undefined);
      await client.close();
    },
  };
}
