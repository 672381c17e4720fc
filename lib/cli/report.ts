import process from 'node:process';
import { SluiceError } from '../../protocol/errors.js';
import type { Progress } from './progress.js';
import { errorLine } from './text.js';

export type Operation = 'put' | 'get' | 'ls' | 'stat' | 'rm' | 'mv' | 'mkdir' | 'hash' | 'serve';

export type Fields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/**
 * What a command says, and whether it failed. Results go to stdout, as lines for people or as JSON, one object each;
 * a failure is one line on stderr, and with JSON an object on stdout as well.
 */
export class Report {
  readonly #operation: Operation;
  readonly #json: boolean;
  readonly #progress: Progress;
  #failed = 0;

  constructor(operation: Operation, json: boolean, progress: Progress) {
    this.#operation = operation;
    this.#json = json;
    this.#progress = progress;
  }

  get failed(): number {
    return this.#failed;
  }

  /** @param plain the line or lines for people; none where silence says enough */
  result(path: string, fields: Fields, plain?: string): void {
    if (this.#json) this.#line({ op: this.#operation, path, ...fields });
    else if (plain !== undefined) process.stdout.write(`${plain}\n`);
  }

  /**
   * @param path of the item on the server
   * @param subject the item as the person knows it
   */
  failure(path: string, subject: string, error: unknown): void {
    this.#failed++;
    const { code, message } = explain(error);
    if (this.#json) this.#line({ op: this.#operation, path, error: { code, message } });
    this.#progress.clear();
    // Messages about local files name them already.
    const named = message.includes(`'${subject}'`);
    process.stderr.write(errorLine(named ? message : `${subject}: ${message}`, code));
  }

  #line(value: object): void {
    process.stdout.write(`${JSON.stringify(value)}\n`);
  }
}

/** An error's stable code, `internal` for those that have none. */
export function explain(error: unknown): { code: string; message: string } {
  if (error instanceof SluiceError) return { code: error.code, message: error.message };
  if (!(error instanceof Error)) return { code: 'internal', message: String(error) };
  const { code } = error as { code?: unknown };
  return { code: typeof code === 'string' ? code : 'internal', message: error.message };
}
