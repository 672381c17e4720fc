import { type ClientOptions, runClient } from './client-command.js';
import { parseUrl } from './url.js';

/** In the order given: a folder can be removed after what is in it. */
export async function rm(texts: readonly string[], options: ClientOptions): Promise<void> {
  await runClient('rm', options, async (session) => {
    for (const url of texts.map(parseUrl)) {
      await session.attempt(url.path, url.text, async () => {
        const client = await session.client(url);
        await client.remove(url.path, { signal: session.signal });
        session.report.result(url.path, {});
      });
    }
  });
}
