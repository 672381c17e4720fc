import { accessSync, readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { Command, InvalidArgumentError, Option } from 'commander';
import { parseCount, parseSize } from '../lib/cli/option-values.js';
import { addCompare } from './compare/command.js';
import { exitWhenInterrupted } from './interruption.js';
import type { Direction } from './job.js';
import type { Publication as LatencyPublication } from './latency/publish.js';
import type { BenchOptions } from './options.js';
import type { PeersResult } from './peers.js';
import type { Load } from './profile/stage.js';
import type { Publication } from './report/publish.js';
import type { Result } from './result.js';
import { table } from './table.js';
import type { Place } from './workspace.js';

interface Shared {
  readonly rounds: number;
  readonly dir?: string;
  readonly only?: string[];
  readonly json?: string;
}

interface PeersChoice extends Shared, Publication {
  readonly work: string[];
  readonly direction: Direction[];
  readonly place: Place[];
  readonly peers: string[];
  readonly scale: number;
  readonly diskDir?: string;
}

const onProgress = (line: string): boolean => process.stderr.write(`${line}\n`);

interface LatencyChoice extends Shared, LatencyPublication {
  readonly size: number;
  readonly files: number;
  readonly fileSize: number;
  readonly roundTrips: string[];
}

interface ProfileChoice extends Omit<Shared, 'only'> {
  readonly report?: string;
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

const works = ['one', 'fifty', 'small', 'thousand', 'start', 'connections', 'folder'];
published(bench('peers', 'against nginx, rsync, vsftpd and sftp, where they are installed'))
  .addOption(listOption('--work <names>', 'what to do', works))
  .addOption(listOption('--direction <names>', 'which way', ['put', 'get']))
  .addOption(listOption('--place <names>', 'where files are', ['memory', 'disk']))
  .addOption(listOption('--peers <names>', 'who to compare with', ['nginx', 'rsync', 'vsftpd', 'sftp']))
  .option('--scale <factor>', 'of sizes and counts, for a quick try', parseScale, 1)
  .option('--disk-dir <dir>', 'where to work on a disk (default: where temporary files go)')
  .action(async (options: PeersChoice) => {
    checkPublication(options);
    const { peers } = await import('./peers.js');
    const { only = [], work, direction, place, ...rest } = options;
    const chosen = { ...rest, only, works: work, directions: direction, places: place };
    const result = await peers({ ...chosen, onProgress });
    process.stdout.write(result.results.map(table).join('\n'));
    for (const note of result.notes) process.stdout.write(`\n${note}\n`);
    writeJson(options.json, result);
    const { publish } = await import('./report/publish.js');
    await publish(result, options);
    if (result.hasFailed) process.exitCode = 1;
  });

published(program.command('report').description('makes charts and a page of what `peers --json` wrote'))
  .argument('<json...>', 'where several have the same race, the last one counts')
  .action(async (files: string[], options: Publication) => {
    checkPublication(options);
    const { merge, publish } = await import('./report/publish.js');
    await publish(merge(files.map((file) => JSON.parse(readFileSync(file, 'utf8')) as PeersResult)), options);
  });

program
  .command('compare-report')
  .description('makes a page, a table and a picture book of what `compare` recorded: NAME.md, .csv, .html and .json')
  .argument('<json>', 'the run')
  .requiredOption('--out <dir>', 'where to write them')
  .option('--name <name>', 'of the files', parseName, 'full')
  .action(async (file: string, options: { out: string; name: string }) => {
    const { readRun } = await import('./compare/report/read-run.js');
    const { publish } = await import('./compare/report/publish.js');
    let run;
    try {
      run = readRun(file);
    } catch (error) {
      return program.error(`error: ${(error as Error).message}`);
    }
    for (const path of await publish(run, options)) process.stdout.write(`${path}\n`);
  });

bench('latency', 'through a proxy with long round trips at 1 Gbit/s, against a bare socket, rsync and sftp')
  .option('--size <size>', 'of the large file', parseSize, 256 * 1024 ** 2)
  .option('--files <n>', 'how many small ones', parseCount, 1000)
  .option('--file-size <size>', 'of each', parseSize, 4096)
  .option('--round-trips <ms...>', 'in milliseconds', ['0', '10', '50', '100'])
  .option('--svg <file>', "draw the credit window's growth")
  .option(
    '--report <file>',
    'replace what is between <!-- latency:begin --> and <!-- latency:end --> of a Markdown page',
  )
  .action(async (options: LatencyChoice) => {
    const { latency } = await import('./latency.js');
    const { checkPublication, publish } = await import('./latency/publish.js');
    const { latencyTable } = await import('./latency/report.js');
    checkPublication(options);
    const { only = [], roundTrips, ...rest } = options;
    const result = await latency({ ...rest, only, roundTrips: roundTrips.map(Number), onProgress });
    process.stdout.write(latencyTable(result));
    await publish(result, options);
  });

profile(bench('stages', 'what each stage of the hot path costs alone, and whole transfers'), 'stages')
  .option('--size <size>', 'of the large file, whole MiB', parseSize, 1024 ** 3)
  .option('--files <n>', 'how many small ones', parseCount, 10_000)
  .option('--file-size <size>', 'of each', parseSize, 4096)
  .action(async ({ json, report, ...options }: ProfileChoice & Load) => {
    const { stages } = await import('./stages.js');
    const { checkSection, publishSection } = await import('./profile/publish.js');
    const { stagesMarkdown, stagesText } = await import('./profile/stages-report.js');
    checkSection(report, 'stages');
    const result = await stages({ ...options, onProgress });
    process.stdout.write(stagesText(result));
    writeJson(json, result);
    publishSection(report, 'stages', stagesMarkdown(result));
  });

profile(bench('fragments', 'what the size of fragments does to throughput and to control frames'), 'fragments')
  .option('--size <size>', 'of the file', parseSize, 1024 ** 3)
  .action(async ({ json, report, ...options }: ProfileChoice & { size: number }) => {
    const { fragments } = await import('./fragments.js');
    const { checkSection, publishSection } = await import('./profile/publish.js');
    const { fragmentsMarkdown, fragmentsText } = await import('./profile/fragments-report.js');
    checkSection(report, 'fragments');
    const result = await fragments({ ...options, onProgress });
    process.stdout.write(fragmentsText(result));
    writeJson(json, result);
    publishSection(report, 'fragments', fragmentsMarkdown(result));
  });

addCompare(program);

// So that servers are stopped and folders removed; both wait for the exit.
exitWhenInterrupted();

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

function published(command: Command): Command {
  return command
    .option('--svg <file>', 'draw charts: one for each work, NAME.svg becomes NAME-WORK.svg')
    .option(
      '--report <file>',
      'replace what is between <!-- peers:begin --> and <!-- peers:end --> of a Markdown page',
    );
}

function profile(command: Command, section: string): Command {
  return command.option(
    '--report <file>',
    `replace what is between <!-- ${section}:begin --> and <!-- ${section}:end --> of a Markdown page`,
  );
}

/** An option that takes some of the choices, with commas between them, and all by default. */
function listOption(flags: string, description: string, choices: readonly string[]): Option {
  return new Option(flags, `${description}: ${choices.join(', ')}`)
    .default(choices, 'all')
    .argParser((text: string) => {
      const names = text.split(',');
      const stranger = names.find((name) => !choices.includes(name));
      if (stranger !== undefined) throw new InvalidArgumentError(`There is no '${stranger}'.`);
      return names;
    });
}

/** One component of a path, so that --out says where files go. */
function parseName(text: string): string {
  if (!/^[\w-]+$/.test(text)) throw new InvalidArgumentError('It is made of letters, digits, - and _.');
  return text;
}

function parseScale(text: string): number {
  const scale = Number(text);
  if (!(scale > 0 && scale <= 10)) throw new InvalidArgumentError('It is a number above 0, for example 0.05.');
  return scale;
}

/** Before anything is measured: a page that isn't there would be missed an hour later. */
function checkPublication({ report }: Publication): void {
  if (report !== undefined) accessSync(report);
}

async function show(shared: Shared, run: (options: BenchOptions) => Promise<Result>): Promise<void> {
  const { rounds, dir, only = [], json } = shared;
  const result = await run({ rounds, only, onProgress, ...(dir === undefined ? {} : { dir }) });
  process.stdout.write(table(result));
  writeJson(json, result);
}

function writeJson(path: string | undefined, result: unknown): void {
  if (path !== undefined) writeFileSync(path, `${JSON.stringify(result, null, 2)}\n`);
}
