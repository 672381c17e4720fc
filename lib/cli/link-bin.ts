import { chmodSync, existsSync, rmSync, symlinkSync } from 'node:fs';
import process from 'node:process';

/**
 * Puts the `sluice` command into a checkout's node_modules/.bin: npm links the commands of a project's dependencies, not the project's own.
 * Run by npm in the project's folder, after the build.
 */
const LINK = 'node_modules/.bin/sluice';

if (process.platform !== 'win32' && existsSync('node_modules/.bin')) {
  chmodSync('dist/lib/cli/main.js', 0o755);
  rmSync(LINK, { force: true });
  symlinkSync('../../dist/lib/cli/main.js', LINK);
}
