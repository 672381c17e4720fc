#!/usr/bin/env node
import process from 'node:process';
import { version } from './version.js';

// Answered before anything else is loaded: scripts ask for it often.
if (process.argv.length === 3 && (process.argv[2] === '--version' || process.argv[2] === '-V')) {
  process.stdout.write(`${version()}\n`);
} else {
  // Nearly every command needs the library: it is read from the disk while the command line is being understood.
  if (process.argv[2] !== 'serve') import('../client/index.js').catch(() => undefined);
  const { run } = await import('./program.js');
  await run(process.argv.slice(2));
}
