import { createRequire } from 'node:module';

/** The version in package.json. The package names itself, so this works from the sources and from dist alike. */
export function version(): string {
  const require = createRequire(import.meta.url);
  return (require('sluice/package.json') as { version: string }).version;
}
