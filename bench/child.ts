import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { Answer } from './programs/answer.js';

/** A process of a benchmark. */
export interface Child {
  readonly pid: number;
  stop(): Promise<void>;
}

/** A program of this folder that carries out what it is told, one thing at a time. */
export interface Agent extends Child {
  request(name: string, ...values: (string | number)[]): Promise<number>;
}

/** Starts `bench/programs/NAME`. */
export function startAgent(name: string): Agent {
  const child = fork(fileURLToPath(new URL(`./programs/${name}.js`, import.meta.url)), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    execArgv: [],
  });
  const death = fails(child, name);
  return {
    ...asChild(child),
    async request(...words) {
      child.send(words);
      const answer = await Promise.race([once(child, 'message'), death]);
      const { error, value } = answer[0] as Answer;
      if (error !== undefined) throw new Error(`${name}: ${error}`);
      return value!;
    },
  };
}

/** Starts a Sluice server as a person would. @returns it, and its port */
export async function startSluice(dir: string, options: readonly string[]): Promise<{ child: Child; port: number }> {
  const command = fileURLToPath(new URL('../lib/cli/main.js', import.meta.url));
  const child = spawn(process.execPath, [command, 'serve', dir, '--port', '0', '--log-level', 'warn', ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface(child.stdout);
  const [line] = (await Promise.race([once(lines, 'line'), fails(child, 'the server')])) as [string];
  const port = /^listening on .*:(\d+)$/.exec(line)?.[1];
  if (port === undefined) throw new Error(`the server said ${JSON.stringify(line)}`);
  return { child: asChild(child), port: Number(port) };
}

function asChild(child: ChildProcess): Child {
  return {
    pid: child.pid!,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
    },
  };
}

/** Rejects when the child ends. */
function fails(child: ChildProcess, name: string): Promise<never> {
  const death = once(child, 'exit').then(() => {
    throw new Error(`${name} ended: ${child.signalCode ?? `exit code ${child.exitCode ?? '?'}`}`);
  });
  // Every child ends some day; that is an error only to those who wait for something else.
  death.catch(() => undefined);
  return death;
}
