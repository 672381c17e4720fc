import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { ROOT } from '../fixtures/repository.js';

/** The command as it is installed: `npm test` builds it first. From the sources it would take seconds to start. */
export const DIST = join(ROOT, 'dist');
export const COMMAND = join(DIST, 'lib/cli/main.js');
if (!existsSync(COMMAND)) throw new Error('the command is not built: npm run build');

interface Teardown {
  teardown(fn: () => unknown): void;
}

export interface Result {
  /** The exit code, or the signal that ended it. */
  readonly code: number | NodeJS.Signals;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcessWithoutNullStreams;
  /** Settles when it has ended and all it wrote was read. */
  readonly result: Promise<Result>;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** To run as another user. */
  readonly uid?: number;
}

/** An empty folder that goes with the test. */
export function temporaryFolder(t: Teardown): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-cli-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Starts a Node script; it is killed with the test. Its standard input stays open. */
export function startScript(t: Teardown, script: string, words: readonly string[], options: RunOptions = {}): Running {
  // The test runner puts its hooks into NODE_OPTIONS of every child. Here it is the bare command that is tested.
  const child = spawn('env', ['-u', 'NODE_OPTIONS', process.execPath, script, ...words], options);
  // A command that fails early doesn't read its input.
  child.stdin.on('error', () => undefined);
  const ended = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  t.teardown(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const collect = async (): Promise<Result> => {
    const [stdout, stderr, [code, signal]] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    return { code: code ?? signal!, stdout, stderr };
  };
  return { child, result: collect() };
}

export function startSluice(t: Teardown, words: readonly string[], options?: RunOptions): Running {
  return startScript(t, COMMAND, words, options);
}

/** Runs one command to its end. */
export async function sluice(
  t: Teardown,
  words: readonly string[],
  { input = '', ...options }: RunOptions & { input?: string | Uint8Array } = {},
): Promise<Result> {
  const { child, result } = startSluice(t, words, options);
  child.stdin.end(input);
  return result;
}

export interface ServeCommand extends Running {
  readonly dir: string;
  /** Of the served folder, with a slash at its end. */
  readonly url: string;
  /** What it said on stdout. */
  readonly line: string;
}

/** `sluice serve` on a free port; resolves when it is ready. */
export async function startServe(
  t: Teardown,
  words: readonly string[] = [],
  dir = temporaryFolder(t),
): Promise<ServeCommand> {
  const small = ['--port', '0', '--workers', '1', '--memory', '16MiB'];
  const running = startSluice(t, ['serve', dir, ...small, ...words]);
  const line = await firstLine(running);
  return { ...running, dir, line, url: `sluice://${line.replace('listening on ', '')}/` };
}

/** What uploads under way, or killed ones, have in the served folder. */
export function partials(dir: string): string[] {
  return readdirSync(join(dir, '.sluice', 'partial'));
}

/** The first line on stdout. Throws what is on stderr if the command ends before. */
export async function firstLine({ child, result }: Running): Promise<string> {
  let seen = '';
  const line = new Promise<string>((resolve) => {
    child.stdout.on('data', (bytes: Buffer) => {
      seen += bytes.toString();
      if (seen.includes('\n')) resolve(seen.slice(0, seen.indexOf('\n')));
    });
  });
  const ended = result.then(({ code, stderr }) => {
    throw new Error(`it ended with ${code}: ${stderr}`);
  });
  ended.catch(() => undefined);
  return Promise.race([line, ended]);
}
