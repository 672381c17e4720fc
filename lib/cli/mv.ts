import { type ClientOptions, runClient } from './client-command.js';
import { joinRemote, looksLikeUrl, parseUrl, remoteName } from './url.js';
import { UsageError } from './usage-error.js';

/** @param to a path on the same server; into a folder, under the same name, when it ends in a slash */
export async function mv(text: string, to: string, options: ClientOptions): Promise<void> {
  await runClient('mv', options, async (session) => {
    if (looksLikeUrl(to)) throw new UsageError(`${to}: the new place is a path on the same server, not a URL`);
    if (to === '') throw new UsageError('the new place is empty');
    const url = parseUrl(text);
    const path = to.startsWith('/') ? to.slice(1) : to;
    const target = path === '' || path.endsWith('/') ? joinRemote(path.slice(0, -1), remoteName(url.path)) : path;
    await session.attempt(url.path, url.text, async () => {
      const client = await session.client(url);
      await client.rename(url.path, target, { signal: session.signal });
      session.report.result(url.path, { to: target });
    });
  });
}
