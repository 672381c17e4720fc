import process from 'node:process';
import type { Client, Dialect } from '../client/index.js';
import { abortOnInterruption, Interruption } from './interruption.js';
import { createProgress, type Progress } from './progress.js';
import { explain, type Operation, Report } from './report.js';
import { errorLine } from './text.js';
import type { RemoteUrl } from './url.js';
import { UsageError } from './usage-error.js';

/** What every command that talks to a server takes. */
export interface ClientOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  /** Milliseconds without progress; without it, what the library takes. */
  readonly timeout?: number;
  readonly protocol: Dialect;
}

/** What a command works with. */
export interface Session {
  readonly signal: AbortSignal;
  readonly report: Report;
  readonly progress: Progress;
  /** The connection to the URL's server; one for each server, made when first asked for. */
  client(url: RemoteUrl): Promise<Client>;
  /**
   * Carries out one item. If it fails that is reported, and the rest go on; only an interruption ends all.
   * @param path of the item on the server
   * @param subject the item as the person knows it
   */
  attempt(path: string, subject: string, work: () => Promise<void>): Promise<void>;
}

/** Runs a command from the first connection to the exit code: 0 done, 1 something failed, 2 usage. */
export async function runClient(
  operation: Operation,
  options: ClientOptions,
  work: (session: Session) => Promise<void>,
): Promise<void> {
  const signal = abortOnInterruption();
  const progress = await createProgress(options);
  const report = new Report(operation, options.json ?? false, progress);
  const connections = new Connections(signal, options);
  try {
    await work({
      signal,
      report,
      progress,
      client: (url) => connections.to(url),
      attempt: async (path, subject, item) => {
        try {
          await item();
        } catch (error) {
          if (signal.aborted || error instanceof UsageError) throw error;
          report.failure(path, subject, error);
        }
      },
    });
    process.exitCode = report.failed === 0 ? 0 : 1;
  } catch (error) {
    const reason: unknown = signal.aborted ? signal.reason : error;
    progress.clear();
    const { code, message } = explain(reason);
    const failed = !(reason instanceof UsageError || reason instanceof Interruption);
    process.stderr.write(errorLine(message, failed ? code : undefined));
    process.exitCode = reason instanceof Interruption ? reason.exitCode : failed ? 1 : 2;
  } finally {
    progress.stop();
    await connections.close();
  }
}

class Connections {
  readonly #clients = new Map<string, Promise<Client>>();
  readonly #signal: AbortSignal;
  readonly #options: ClientOptions;

  constructor(signal: AbortSignal, options: ClientOptions) {
    this.#signal = signal;
    this.#options = options;
  }

  to({ host, port }: RemoteUrl): Promise<Client> {
    const key = `${host} ${port}`;
    let client = this.#clients.get(key);
    if (client === undefined) {
      client = this.#connect(host, port);
      this.#clients.set(key, client);
    }
    return client;
  }

  async #connect(host: string, port: number): Promise<Client> {
    const { connect } = await import('../client/index.js');
    const { timeout: timeoutMs, protocol } = this.#options;
    return connect({ host, port }, { signal: this.#signal, timeoutMs, protocol });
  }

  async close(): Promise<void> {
    for (const client of await Promise.allSettled(this.#clients.values())) {
      if (client.status === 'fulfilled') await client.value.close();
    }
  }
}
