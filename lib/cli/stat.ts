import { type ClientOptions, runClient } from './client-command.js';
import { parseUrl } from './url.js';

export async function stat(text: string, options: ClientOptions): Promise<void> {
  await runClient('stat', options, async (session) => {
    const url = parseUrl(text);
    await session.attempt(url.path, url.text, async () => {
      const client = await session.client(url);
      const { type, size, mtimeMs, mode, version } = await client.stat(url.path, { signal: session.signal });
      const plain = [
        `path     ${url.path === '' ? '/' : url.path}`,
        `type     ${type}`,
        `size     ${size}`,
        `mtime    ${new Date(mtimeMs).toISOString()}`,
        `mode     ${mode.toString(8).padStart(4, '0')}`,
        `version  ${version}`,
      ];
      session.report.result(url.path, { type, size, mtimeMs, mode, version }, plain.join('\n'));
    });
  });
}
