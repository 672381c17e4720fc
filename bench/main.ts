import { writeFile } from 'node:fs/promises';
import process from 'node:process';
import { Command } from 'commander';
import { parseCount, parseSize } from '../lib/cli/option-values.js';
import type { BenchOptions } from './options.js';
import type { Result } from './result.js';
import { table } from './table.js';

interface Shared {
  readonly rounds: number;
  readonly dir?: string;
  readonly only?: string[];
  readonly json?: string;
}

const program = new Command('bench').description(
  'Measures this project against simple others. The sides take turns; quote ratios of one run, never single times.',
);

bench('throughput', 'one large file, up and down, against pipe() and a bare socket')
  .option('--size <size>', 'of the file', parseSize, 1024 ** 3)
  .action(async (options: Shared & { size: number }) => {
    const { throughput } = await import('./throughput.js');
    await show(options, (shared) => throughput({ ...shared, size: options.size }));
  });

bench('small', 'many small files over one connection, up and down')
  .option('--files <n>', 'how many', parseCount, 10_000)
  .option('--size <size>', 'of each', parseSize, 4096)
  .action(async (options: Shared & { size: number; files: number }) => {
    const { small } = await import('./small.js');
    await show(options, (shared) => small({ ...shared, size: options.size, files: options.files }));
  });

await program.parseAsync();

function bench(name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .option('--rounds <n>', 'that count, after one that does not', parseCount, 5)
    .option('--dir <dir>', 'where to work (default: in memory, /dev/shm, if there is room)')
    .option('--only <name...>', 'only sides whose name has this in it')
    .option('--json <file>', 'write the result there as well');
}

async function show(shared: Shared, run: (options: BenchOptions) => Promise<Result>): Promise<void> {
  const { rounds, dir, only = [], json } = shared;
  const onProgress = (line: string): boolean => process.stderr.write(`${line}\n`);
  const result = await run({ rounds, only, onProgress, ...(dir === undefined ? {} : { dir }) });
  process.stdout.write(table(result));
  if (json !== undefined) await writeFile(json, `${JSON.stringify(result, null, 2)}\n`);
}
