import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Runs a client. @returns seconds */
export async function runClient(words: readonly string[], input = ''): Promise<number> {
  const start = performance.now();
  const child = spawn(words[0]!, words.slice(1), { stdio: ['pipe', 'ignore', 'inherit'] });
  child.stdin.end(input);
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`${words.join(' ')} failed: exit code ${code ?? '?'}`);
  return (performance.now() - start) / 1000;
}
