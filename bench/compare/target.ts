import { randomBytes } from 'node:crypto';
import { connect } from '../../lib/client/index.js';
import type { Place, Protocol } from './client-job.js';
import type { Venue } from './venue.js';

/**
 * A server that is running already. Its files are reached by a client of this project, outside of the timed part: what
 * was uploaded is read back, and nothing stays there. Names are unlike any that it may have.
 * @param copy where what is read back goes
 */
export async function openTarget(place: Place, protocol: Protocol, copy: string): Promise<Venue> {
  const client = await connect(place, { protocol });
  const offered = new Set<string>();
  return {
    place,
    speech: protocol,
    prefix: `sluice-compare-${randomBytes(6).toString('hex')}-`,
    server: null,
    async offer(source, remote) {
      offered.add(remote);
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
      // What a client failed to upload isn't there.
      await client.remove(remote).catch(() => undefined);
    },
    async close() {
      for (const remote of offered) await client.remove(remote).catch(() => undefined);
      await client.close();
    },
  };
}
