import { mkdirSync } from 'node:fs';
import process from 'node:process';
import { run } from './program.js';

/** `npm start [-- DIR [OPTION...]]`: serves DIR, or ./files, which is created. */
const DEFAULT_FOLDER = 'files';
const given = process.argv.slice(2);
const named = given[0] !== undefined && !given[0].startsWith('-');
if (!named) mkdirSync(DEFAULT_FOLDER, { recursive: true });

// npm runs this below a shell, and tells only the shell to stop, so a server would outlive it: a lost parent counts
// as that signal.
const parent = process.ppid;
const watch = setInterval(() => {
  if (process.ppid === parent) return;
  clearInterval(watch);
  process.kill(process.pid, 'SIGTERM');
}, 500).unref();

await run(['serve', ...(named ? [] : [DEFAULT_FOLDER]), ...given]);
