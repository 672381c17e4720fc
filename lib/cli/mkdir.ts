import { type ClientOptions, runClient } from './client-command.js';
import { parseUrl } from './url.js';

export async function mkdir(text: string, options: ClientOptions): Promise<void> {
  await runClient('mkdir', options, async (session) => {
    const url = parseUrl(text);
    await session.attempt(url.path, url.text, async () => {
      const client = await session.client(url);
      await client.mkdir(url.path, { signal: session.signal });
      session.report.result(url.path, {});
    });
  });
}
