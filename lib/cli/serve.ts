import process from 'node:process';
import { setFlagsFromString } from 'node:v8';
import { DRAIN_SECONDS } from './defaults.js';
import { explain } from './report.js';
import { errorLine } from './text.js';

/** What the server refuses because the command line has to change. */
const USAGE_CODES = new Set(['insecure-listen', 'bad-option']);

export interface ServeCommandOptions {
  readonly host: string;
  readonly port: number;
  readonly workers?: number;
  readonly runtime: 'threads' | 'processes';
  /** Bytes. */
  readonly memory: number;
  readonly maxConnections?: number;
  readonly durability: 'written' | 'durable';
  readonly insecure?: boolean;
  readonly legacy: boolean;
  readonly legacyUnterminated?: boolean;
  readonly logLevel: string;
}

/** Serves until it is told to stop. Its only line on stdout says that it is ready, and where. */
export async function serve(dir: string, { logLevel, ...options }: ServeCommandOptions): Promise<void> {
  keepNurserySmall();
  const [{ serve: start }, { pino }] = await Promise.all([import('../server/index.js'), import('pino')]);
  // Synchronous, so that the last lines of a process that dies are not lost.
  const logger = pino({ level: logLevel, base: null }, pino.destination({ dest: 2, sync: true }));
  try {
    const server = await start({ dir, logger, ...options });
    const { host, port } = server.address;
    stopOnSignal((drainMs) => server.close({ drainMs }));
    process.stdout.write(`listening on ${host.includes(':') ? `[${host}]` : host}:${port}\n`);
  } catch (error) {
    const { code, message } = explain(error);
    process.stderr.write(errorLine(message, code));
    process.exitCode = USAGE_CODES.has(code) ? 2 : 1;
  }
}

/**
 * Base64 text is short-lived strings, and V8 would let its young generation grow to 48 MiB of them: more than fifty old clients
 * need for anything else. As small as it begins it is collected more often, at no cost that could be measured.
 */
function keepNurserySmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}

function stopOnSignal(close: (drainMs: number) => Promise<void>): void {
  let stopping = false;
  const stop = (): void => {
    if (stopping) process.exit(1);
    stopping = true;
    close(DRAIN_SECONDS * 1000).then(
      () => process.exit(0),
      (error: unknown) => {
        const { code, message } = explain(error);
        process.stderr.write(errorLine(message, code));
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}
