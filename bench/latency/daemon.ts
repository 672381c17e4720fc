import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, closeSync, constants, openSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { setTimeout } from 'node:timers/promises';

/** Milliseconds until it must listen. */
const START_TIMEOUT = 10_000;
/** Where Debian has its servers; not on everybody's PATH. */
const SERVER_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** @returns its whole path; undefined when it isn't installed */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...SERVER_FOLDERS];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

/** @returns why a contestant can't take part, if one of the programs isn't installed */
export function missingProgram(...names: readonly string[]): string | undefined {
  const name = names.find((one) => findProgram(one) === undefined);
  return name === undefined ? undefined : `${name} is not installed`;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A port that nobody uses, as long as nobody else asks. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Starts somebody else's server, in the foreground, with its output in a file. @returns when it listens; stops it */
export async function startDaemon(words: readonly string[], port: number, log: string): Promise<() => Promise<void>> {
  const output = openSync(log, 'a');
  const child = spawn(words[0]!, words.slice(1), { stdio: ['ignore', output, output] });
  closeSync(output);
  const gone = once(child, 'exit');
  // An interrupted benchmark leaves no server behind.
  process.once('exit', () => child.kill());
  const start = performance.now();
  while (!(await answers(port))) {
    if (child.exitCode !== null || performance.now() - start > START_TIMEOUT) {
      child.kill();
      throw new Error(`${words[0]} does not listen; see ${log}`);
    }
    await setTimeout(20);
  }
  return async () => {
    child.kill();
    await gone;
  };
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

/** Runs a client. @returns seconds */
export async function runClient(words: readonly string[], input = ''): Promise<number> {
  const start = performance.now();
  const child = spawn(words[0]!, words.slice(1), { stdio: ['pipe', 'ignore', 'inherit'] });
  child.stdin.end(input);
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`${words.join(' ')} failed: exit code ${code ?? '?'}`);
  return (performance.now() - start) / 1000;
}
