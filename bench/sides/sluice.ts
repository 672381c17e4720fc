import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startAgent, startSluice } from '../child.js';
import type { Side } from '../rounds.js';
import { requireSame, type Workspace } from '../workspace.js';

export interface SluiceSide {
  readonly name: string;
  readonly work: 'put' | 'get' | 'putTree' | 'getTree';
  /** Of `sluice serve`. */
  readonly serverOptions?: readonly string[];
  readonly floor?: string;
}

/** This project's server, as a person starts it, and its client library. */
export async function sluiceSide(
  { name, work, serverOptions = [], floor }: SluiceSide,
  workspace: Workspace,
  source: { readonly path: string; readonly digest: string },
): Promise<Side> {
  const slug = name.replaceAll(' ', '-');
  const served = await workspace.folder(`served-${slug}`);
  const local = await workspace.folder(`local-${slug}`);
  const isPut = work.startsWith('put');
  if (!isPut) await cp(source.path, join(served, 'item'), { recursive: true });
  const arrival = isPut ? join(served, 'item') : join(local, 'item');

  const { child: server, port } = await startSluice(served, serverOptions);
  const client = startAgent('sluice-client');
  return {
    name,
    ...(floor === undefined ? {} : { floor }),
    server,
    client,
    transfer: () =>
      isPut ? client.request(work, port, source.path, 'item') : client.request(work, port, 'item', arrival),
    verify: () => requireSame(arrival, source.digest),
    clear: () => rm(arrival, { recursive: true, force: true }),
  };
}
