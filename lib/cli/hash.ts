import type { Algorithm } from '../client/index.js';
import { type ClientOptions, runClient } from './client-command.js';
import { parseUrl } from './url.js';

export interface HashCommandOptions extends ClientOptions {
  readonly algorithm: Algorithm;
}

export async function hash(text: string, options: HashCommandOptions): Promise<void> {
  await runClient('hash', options, async (session) => {
    const url = parseUrl(text);
    await session.attempt(url.path, url.text, async () => {
      const connection = await session.client(url);
      const onProgress = session.progress.item(url.path);
      const { digest, size, mtimeMs, algorithm } = await connection.hash(url.path, options.algorithm, {
        signal: session.signal,
        onProgress,
      });
      session.report.result(url.path, { size, mtimeMs, algorithm, digest }, `${digest}  ${url.path}`);
    });
  });
}
