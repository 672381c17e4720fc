/** The published report's own stress command, against any server: `npm run stress -- --operation UPLOAD --method thread --volume 10 --worker 5`. */
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import process from 'node:process';
import { Command, InvalidArgumentError, Option } from 'commander';
import { parseTarget } from '../../lib/client/connect.js';
import { parseCount } from '../../lib/cli/option-values.js';
import { type Protocol, PROTOCOLS } from '../compare/client-job.js';
import { explained } from '../compare/explained.js';
import { exitWhenInterrupted } from '../interruption.js';
import type { Operation, Pool } from '../compare/scenario.js';
import { stress } from './stress.js';
import { stressTable } from './table.js';

interface Choice {
  readonly operation: Operation;
  readonly method: Pool;
  readonly volume: number;
  readonly worker: number;
  readonly protocol: Protocol;
  readonly target?: string;
  readonly serverMethod: Pool;
  readonly serverWorker: number;
  readonly json?: string;
  readonly dir?: string;
}

const POOLS: readonly Pool[] = ['thread', 'process'];

exitWhenInterrupted();

await new Command('stress')
  .description('Has many clients move a file each at the same time, and tells how they fared.')
  .option('--operation <name>', 'UPLOAD or DOWNLOAD', parseOperation, 'UPLOAD')
  .addOption(
    new Option('--method <pool>', 'whether each client is a thread or a process').choices(POOLS).default('thread'),
  )
  .option('--volume <mb>', 'size of each file, in 1,048,576 bytes', parseCount, 10)
  .option('--worker <n>', 'how many clients', parseCount, 5)
  .addOption(new Option('--protocol <dialect>', 'what they speak').choices(PROTOCOLS).default('stream'))
  .option('--target <host:port>', 'a server that is running already (default: one is started)')
  .addOption(
    new Option('--server-method <pool>', 'pool of the server that is started').choices(POOLS).default('thread'),
  )
  .option('--server-worker <n>', 'workers of the server that is started', parseCount, availableParallelism())
  .option('--json <file>', 'write the result there as well')
  .option('--dir <dir>', 'where to work (default: in memory, /dev/shm, if there is room)')
  .action((choice: Choice) => explained(() => run(choice)))
  .parseAsync();

async function run({
  json,
  target,
  serverMethod,
  serverWorker,
  volume,
  worker,
  method,
  ...choice
}: Choice): Promise<void> {
  const row = await stress({
    ...choice,
    megabytes: volume,
    clients: worker,
    clientPool: method,
    server: target === undefined ? { pool: serverMethod, workers: serverWorker } : parseTarget(target),
  });
  process.stdout.write(stressTable([row]));
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(row, null, 2)}\n`);
  if (row.client_fail === 0) return;
  process.stderr.write(`the first client that failed: ${row.error ?? 'no reason given'}\n`);
  process.exitCode = 1;
}

/** In any case, as the old programs take it. */
function parseOperation(text: string): Operation {
  const operation = text.toUpperCase();
  if (operation === 'UPLOAD' || operation === 'DOWNLOAD') return operation;
  throw new InvalidArgumentError('It is UPLOAD or DOWNLOAD.');
}
