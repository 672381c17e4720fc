import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { filesBelow } from '../files.js';

const BUILT = fileURLToPath(new URL('../../', import.meta.url));

/** A digest of all that is measured and of what measures it, as built: results of two builds don't belong into one table. */
export function buildMark(): string {
  const hash = createHash('sha256');
  for (const part of ['bench', 'lib', 'protocol']) {
    for (const name of filesBelow(join(BUILT, part))) {
      if (name.endsWith('.js')) hash.update(`${part}/${name}\0`).update(readFileSync(join(BUILT, part, name)));
    }
  }
  return hash.digest('hex').slice(0, 16);
}
