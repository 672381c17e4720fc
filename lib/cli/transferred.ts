import type { Algorithm } from '../client/index.js';
import type { Fields } from './report.js';

interface Transfer {
  readonly size: number;
  readonly mtimeMs: number | null;
  readonly algorithm: Algorithm | null;
  readonly root: string | null | undefined;
}

/** What `--json` says of a file that went up or came down. */
export function transferred({ size, mtimeMs, algorithm, root }: Transfer): Fields {
  return { size, mtimeMs, algorithm, root };
}
