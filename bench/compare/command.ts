import process from 'node:process';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseSeconds, parseSize } from '../../lib/cli/option-values.js';
import { type Protocol, PROTOCOLS } from './client-job.js';
import { explained } from './explained.js';

/** Seconds after which the old architecture is stopped; a dozen times the full ones would be too long for a quick run. */
const BOUND = 20;
const QUICK_BOUND = 4;

interface Choice {
  readonly json?: string;
  readonly fresh?: boolean;
  readonly quick?: boolean;
  readonly only?: string[];
  readonly dir?: string;
  readonly stopAfter?: number;
  readonly stopAbove: number;
  readonly scale: number;
  readonly target?: string;
  readonly protocol: Protocol;
}

const NOTES = `
A scenario is OPERATION-MB-CLIENTS-WORKERS-POOL: upload-10-50-5-thread. Whoever carries it out:
  old      the old architecture with the old protocol, server and clients
  legacy   the old protocol on this server
  stream   the streaming protocol on this server
Results are in the file after each scenario, and the same command goes on where it stopped.`;

export function addCompare(program: Command): void {
  program
    .command('compare')
    .description('the published report’s 108 scenarios, by the old architecture, the old protocol and this one')
    .option('--only <name...>', 'only old, legacy or stream, and scenarios with this in their name')
    .option('--quick', `a dozen scenarios; the old architecture is stopped after ${QUICK_BOUND} s`)
    .option('--json <file>', 'where results go (default: bench-compare.json, bench-compare-quick.json with --quick)')
    .option('--fresh', 'give up the results that are in the file')
    .option('--dir <dir>', 'where to work (default: in memory, /dev/shm, if there is room)')
    .option('--stop-after <seconds>', `of the old architecture (default: ${BOUND})`, parseSeconds)
    .addOption(
      new Option('--stop-above <size>', 'of the old architecture, memory of all processes together')
        .argParser(parseSize)
        .default(8 * 1024 ** 3, '8GiB'),
    )
    .option('--target <host:port>', 'a server that is running already, in place of all three')
    .addOption(new Option('--protocol <dialect>', 'what to speak to it').choices(PROTOCOLS).default('stream'))
    .addOption(new Option('--scale <factor>', 'of the sizes of files').argParser(parseFactor).default(1).hideHelp())
    .addHelpText('after', NOTES)
    .action((choice: Choice) => explained(() => run(choice)));
}

async function run({ target, protocol, quick = false, fresh = false, only = [], ...choice }: Choice): Promise<void> {
  const { compare } = await import('../compare.js');
  const { summary } = await import('./summary.js');
  const { stopAfter = (quick ? QUICK_BOUND : BOUND) * 1000, stopAbove, scale, dir } = choice;
  const json = choice.json ?? `bench-compare${quick ? '-quick' : ''}.json`;
  const result = await compare({
    json,
    fresh,
    quick,
    only,
    scale,
    bounds: { seconds: stopAfter / 1000, bytes: stopAbove },
    ...(dir === undefined ? {} : { dir }),
    ...(target === undefined ? {} : { target: { address: target, protocol } }),
  });
  process.stdout.write(`${summary(result)}\nAll of it is in ${json}.\n`);
}

function parseFactor(text: string): number {
  const factor = Number(text);
  if (!(factor > 0 && factor <= 1)) throw new InvalidArgumentError('It is a number above 0 and at most 1.');
  return factor;
}
