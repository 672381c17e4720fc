import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { connect } from '../../lib/client/index.js';
import { HUNG } from './hung.js';
import type { Place, Protocol } from './client-job.js';
import type { Venue } from './venue.js';

/**
 * A server that is running already. Its files are reached by a client of this project, outside of the timed part: what
 * was uploaded is read back, and nothing stays there. Names are unlike any that it may have.
 * @param copies beginning of the paths that what is read back goes to
 */
export async function openTarget(place: Place, protocol: Protocol, copies: string): Promise<Venue> {
  // With the usual patience, for an address where nobody is.
  await (await connect(place, { protocol })).close();
  const client = await connect(place, { protocol, timeoutMs: HUNG * 1000 });
  const names = new Set<string>();
  const copyOf = (remote: string): string => `${copies}-${remote}`;
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
        await client.get(remote, copyOf(remote));
        return copyOf(remote);
      } catch {
        return null;
      }
    },
    async remove(remote) {
      await rm(copyOf(remote), { force: true });
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
