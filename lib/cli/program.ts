import { Command, CommanderError, Option } from 'commander';
import process from 'node:process';
import type { ClientOptions } from './client-command.js';
import { DEFAULT_PORT } from '../../protocol/limits.js';
import { DEFAULT_HOST } from './defaults.js';
import type { GetCommandOptions } from './get.js';
import type { HashCommandOptions } from './hash.js';
import { EXAMPLES, EXIT_CODES, SERVE_NOTES } from './help.js';
import type { LsCommandOptions } from './ls.js';
import { parseCount, parsePort, parseRange, parseSeconds, parseSize } from './option-values.js';
import type { PutCommandOptions } from './put.js';
import type { ServeCommandOptions } from './serve.js';
import { errorLine } from './text.js';
import { version } from './version.js';

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/** Runs one command line, without `node` and the script's name. Sets the exit code. */
export async function run(words: readonly string[]): Promise<void> {
  try {
    await createProgram().parseAsync(words, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Commander has said why. Help and version were asked for; all else is usage.
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  }
}

function createProgram(): Command {
  const program = new Command('sluice')
    .description('Moves files over a binary protocol, straight to disk, every byte verified.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    .showHelpAfterError(false)
    .exitOverride()
    .configureHelp({ subcommandTerm: (command) => `${command.name()} ${command.usage().replace('[options] ', '')}` })
    .addHelpText('after', EXAMPLES + EXIT_CODES);
  addServe(program);
  addTransfers(program);
  addSmallCommands(program);
  for (const command of [program, ...program.commands]) {
    command.configureOutput({ outputError: (text, write) => write(usageLine(text, command)) });
  }
  return program;
}

/** Commander's message as one line, with where to read more. */
function usageLine(text: string, command: Command): string {
  const message = text
    .trim()
    .replace(/^error: /, '')
    .replace(/\s+/g, ' ');
  const path = command.parent === null ? command.name() : `${command.parent.name()} ${command.name()}`;
  return errorLine(`${message.replace(/\.$/, '')}; see ${path} --help`);
}

function addServe(program: Command): void {
  program
    .command('serve')
    .description('serve a folder')
    .usage('[options] DIR')
    .argument('<dir>', 'the folder; everything below it is served')
    .option('--host <host>', 'address or name to listen on', DEFAULT_HOST)
    .option('--port <port>', 'port to listen on; 0 for any free one', parsePort, DEFAULT_PORT)
    .option('--workers <n>', 'workers that hash and do file I/O (default: one for each core)', parseCount)
    .addOption(
      new Option('--runtime <kind>', 'what the workers are').choices(['threads', 'processes']).default('threads'),
    )
    .addOption(
      new Option('--memory <size>', 'memory for the content of all transfers together')
        .argParser(parseSize)
        .default(parseSize('256MiB'), '256MiB'),
    )
    .option('--max-connections <n>', 'connections at once; further ones are refused', parseCount)
    .addOption(
      new Option('--durability <grade>', 'when an upload is done: once the system has it, or once it is on the disk')
        .choices(['written', 'durable'])
        .default('written'),
    )
    .option('--insecure', 'listen beyond this machine, though anyone who connects can read and write')
    .option('--no-legacy', 'speak this protocol only, not the base64 protocol that it replaces')
    .option('--legacy-unterminated', 'take base64 uploads that end without a terminator, even if they were cut short')
    .addOption(new Option('--log-level <level>', 'how much to log to stderr').choices(LOG_LEVELS).default('info'))
    .addHelpText('after', SERVE_NOTES)
    .action(async (dir: string, options: ServeCommandOptions) => (await import('./serve.js')).serve(dir, options));
}

function addTransfers(program: Command): void {
  client(program, 'put', 'put files onto a server')
    .usage('[options] FILE... URL')
    .argument('[words...]')
    .configureHelp({ visibleArguments: () => [] })
    .option('-r, --recursive', 'put folders with all that is in them')
    .option('--if-absent', 'fail where something has the name already')
    .option('--verify', 'legacy protocols only: get each file back and compare; stream verifies every byte anyway')
    .addHelpText(
      'after',
      `
Into a URL that ends in a slash a file goes under its own name; otherwise the
URL is its new name. Several files need a URL that ends in a slash. FILE - is
standard input, and needs a full name in the URL.`,
    )
    .action(async (words: string[], options: PutCommandOptions) => (await import('./put.js')).put(words, options));

  client(program, 'get', 'get files from a server')
    .usage('[options] URL... [DEST]')
    .argument('[words...]')
    .configureHelp({ visibleArguments: () => [] })
    .option('-r, --recursive', 'get folders with all that is in them')
    .option('--range <a-b>', 'only these bytes, counted from 0, both ends inclusive; A- is to the end', parseRange)
    .addHelpText(
      'after',
      `
DEST is a folder to get into, or a new name; without it, files go into the
current folder. DEST - is standard output. A file that exists is replaced, in
one step, once every byte is verified.`,
    )
    .action(async (words: string[], options: GetCommandOptions) => (await import('./get.js')).get(words, options));
}

function addSmallCommands(program: Command): void {
  client(program, 'ls', 'list a folder, one name per line; folders end in a slash')
    .usage('[options] URL')
    .argument('<url>')
    .option('-r, --recursive', 'with all that is below it')
    .action(async (url: string, options: LsCommandOptions) => (await import('./ls.js')).ls(url, options));

  client(program, 'stat', 'show type, size, time, mode and version of a file or folder')
    .usage('[options] URL')
    .argument('<url>')
    .action(async (url: string, options: ClientOptions) => (await import('./stat.js')).stat(url, options));

  client(program, 'rm', 'remove files or empty folders')
    .usage('[options] URL...')
    .argument('<url...>')
    .action(async (urls: string[], options: ClientOptions) => (await import('./rm.js')).rm(urls, options));

  client(program, 'mv', 'move a file or folder, replacing a file of that name')
    .usage('[options] URL PATH')
    .argument('<url>')
    .argument('<path>', 'the new place on the same server; into a folder, if it ends in a slash')
    .action(async (url: string, to: string, options: ClientOptions) => (await import('./mv.js')).mv(url, to, options));

  client(program, 'mkdir', 'make a folder, and those above it')
    .usage('[options] URL')
    .argument('<url>')
    .action(async (url: string, options: ClientOptions) => (await import('./mkdir.js')).mkdir(url, options));

  client(program, 'hash', 'have the server digest a file, and print it as sha256sum does')
    .usage('[options] URL --algorithm sha256|blake3')
    .argument('<url>')
    .addOption(new Option('--algorithm <name>', 'the digest').choices(['sha256', 'blake3']).makeOptionMandatory())
    .action(async (url: string, options: HashCommandOptions) => (await import('./hash.js')).hash(url, options));
}

/** A command that talks to a server. */
function client(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .addOption(
      new Option('--protocol <dialect>', 'what to speak; the legacy ones can put, get, list and remove files')
        .choices(['stream', 'legacy-json', 'legacy-text'])
        .default('stream'),
    )
    .option('--json', 'print one JSON object for each result')
    .option('--quiet', 'show no progress')
    .addOption(
      new Option(
        '--timeout <seconds>',
        'give up after so long without progress (default: 30; legacy: 600 once connected)',
      ).argParser(parseSeconds),
    );
}
