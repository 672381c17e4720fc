import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { answer, timed } from './answer.js';

/** As much of what a failed command said as helps. */
const MAX_COMPLAINT = 2000;

/** Runs command lines. That it waits for each is what makes their CPU time show in its own /proc/PID/stat. */
answer({ run: (commandLine: string) => timed(() => run(commandLine)) });

async function run(commandLine: string): Promise<void> {
  const child = spawn('/bin/sh', ['-c', commandLine], { stdio: ['ignore', 'ignore', 'pipe'] });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-MAX_COMPLAINT);
  });
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  if (code !== 0) throw new Error(`${commandLine}\n${signal ?? `exit code ${code ?? '?'}`}: ${complaint}`);
}
