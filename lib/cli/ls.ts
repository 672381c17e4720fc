import type { Client, Entry } from '../client/index.js';
import { unsupported } from '../client/legacy/unsupported.js';
import { type ClientOptions, runClient, type Session } from './client-command.js';
import { printable } from './text.js';
import { joinRemote, parseUrl } from './url.js';

export interface LsCommandOptions extends ClientOptions {
  readonly recursive?: boolean;
}

export async function ls(text: string, options: LsCommandOptions): Promise<void> {
  await runClient('ls', options, async (session) => {
    const url = parseUrl(text);
    await session.attempt(url.path, url.text, async () => {
      const client = await session.client(url);
      if (options.recursive) await listTree(session, client, url.path, '');
      else
        for await (const entry of client.list(url.path, { signal: session.signal })) show(session, url.path, '', entry);
    });
  });
}

/** Each folder is read to its end before the ones in it, so that depth costs no open streams. */
async function listTree(session: Session, client: Client, root: string, below: string): Promise<void> {
  if (client.protocol !== 'stream') {
    throw unsupported(client.protocol, 'list folders', 'LIST names what is in the served folder itself');
  }
  const entries: Entry[] = [];
  for await (const entry of client.list(joinBelow(root, below), { signal: session.signal })) entries.push(entry);
  for (const entry of entries) {
    show(session, root, below, entry);
    if (entry.type !== 'folder') continue;
    const folder = joinRemote(below, entry.name);
    const path = joinBelow(root, folder);
    await session.attempt(path, path, () => listTree(session, client, root, folder));
  }
}

function joinBelow(root: string, below: string): string {
  return below === '' ? root : joinRemote(root, below);
}

function show({ report }: Session, root: string, below: string, { name, type, size, mtimeMs }: Entry): void {
  const shown = joinRemote(below, name);
  report.result(joinRemote(root, shown), { type, size, mtimeMs }, printable(type === 'folder' ? `${shown}/` : shown));
}
