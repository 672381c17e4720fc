import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { relative } from 'node:path';
import { createInterface } from 'node:readline';
import process from 'node:process';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { processTree } from './process-tree.js';
import type { Answer } from './programs/answer.js';

/** Milliseconds until a server that somebody else wrote must listen. */
const START_TIMEOUT = 10_000;

/** An interrupted benchmark leaves no server behind. */
const living = new Set<ChildProcess>();
process.once('exit', () => living.forEach((child) => child.kill('SIGTERM')));

/** A process of a benchmark. */
export interface Child {
  readonly pid: number;
  /** Whether it only starts what is measured, and is not itself part of that. */
  readonly isStarter?: boolean;
  stop(): Promise<void>;
  /** Ends it and all its descendants at once, whatever they are at. */
  kill(): Promise<void>;
}

/** A program of this folder that carries out what it is told, one thing at a time. */
export interface Agent extends Child {
  request(name: string, ...values: (string | number | readonly string[])[]): Promise<number>;
}

/** The command line tool of this project, from the folder where the benchmark was started. */
export const SLUICE: readonly string[] = [
  process.execPath,
  relative('', fileURLToPath(new URL('../lib/cli/main.js', import.meta.url))),
];

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

/** Starts what runs command lines: `request('run', line)` says how many seconds one took. */
export function startShell(): Agent {
  return { ...startAgent('shell'), isStarter: true };
}

/** Starts a Sluice server as a person would. @returns it, its port, and the command line */
export async function startSluice(
  dir: string,
  options: readonly string[],
): Promise<{ child: Child; port: number; command: string }> {
  const words = [...SLUICE, 'serve', dir, '--port', '0', '--log-level', 'warn', ...options];
  return { ...(await startListener(words)), command: words.join(' ') };
}

/** Starts a server that says `listening on HOST:PORT` when it is ready. */
export async function startListener(words: readonly string[]): Promise<{ child: Child; port: number }> {
  const child = spawn(words[0]!, words.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] });
  const listener = asChild(child);
  const lines = createInterface(child.stdout);
  const [line] = (await Promise.race([once(lines, 'line'), fails(child, 'the server')])) as [string];
  const port = /^listening on .*:(\d+)$/.exec(line)?.[1];
  if (port === undefined) throw new Error(`the server said ${JSON.stringify(line)}`);
  return { child: listener, port: Number(port) };
}

/**
 * Starts another server, in the foreground.
 * @param log where its output goes
 * @returns when it listens on the port
 */
export async function startDaemon(words: readonly string[], port: number, log: string): Promise<Child> {
  const output = openSync(log, 'a');
  const child = spawn(words[0]!, words.slice(1), { stdio: ['ignore', output, output] });
  closeSync(output);
  const death = fails(child, words[0]!).catch((error: unknown) => {
    throw new Error(`${(error as Error).message}\n${readFileSync(log, 'utf8')}`.trim());
  });
  death.catch(() => undefined);
  await Promise.race([listens(port), death]);
  return asChild(child);
}

async function listens(port: number): Promise<void> {
  const start = performance.now();
  while (!(await answers(port))) {
    if (performance.now() - start > START_TIMEOUT) throw new Error(`nobody listens on port ${port}`);
    await setTimeout(20);
  }
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** Makes sure that it ends with the benchmark. */
export function asChild(child: ChildProcess): Child {
  living.add(child);
  child.once('exit', () => living.delete(child));
  return {
    pid: child.pid!,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
    },
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      for (const pid of processTree(child.pid!)) {
        try {
          process.kill(pid, 'SIGKILL');
        } catch {
          // It has ended by itself.
        }
      }
      await gone;
    },
  };
}

/** Rejects when the child ends, or can't be started. */
function fails(child: ChildProcess, name: string): Promise<never> {
  const death = once(child, 'exit').then(() => {
    throw new Error(`${name} ended: ${child.signalCode ?? `exit code ${child.exitCode ?? '?'}`}`);
  });
  // Every child ends some day; that is an error only to those who wait for something else.
  death.catch(() => undefined);
  return death;
}
