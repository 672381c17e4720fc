import type { Frame } from '../../protocol/decoder.js';
import { ProtocolError } from '../../protocol/errors.js';
import { decodeMessage } from '../../protocol/messages.js';
import type { Complete, Entry, ListOptions } from './api.js';
import { Operation, type Settle, unexpected, type Waiting } from './operation.js';
import type { Session } from './session.js';

/** Pages that may be here or on their way (P-5.10): one is read while the next one comes. */
const WINDOW = 2;

/** A LIST: pages come as fast as they are read (P-7.8). */
class ListOperation extends Operation<undefined> {
  readonly #path: string;
  readonly #prefix: string | undefined;
  readonly #onPage: (entries: Complete<Entry>[]) => void;
  #granted = WINDOW;
  #arrived = 0;

  constructor(
    session: Session,
    path: string,
    { prefix, signal }: ListOptions,
    onPage: (entries: Complete<Entry>[]) => void,
    settle: Settle<undefined>,
  ) {
    super(session, signal, settle);
    this.#path = path;
    this.#prefix = prefix;
    this.#onPage = onPage;
  }

  get title(): string {
    return `list of '${this.#path}'`;
  }

  get waiting(): Waiting {
    return this.#arrived < this.#granted ? 'server' : 'self';
  }

  /** A page was read: the server may send one more. */
  grant(): void {
    this.#granted += 1;
    this.stream?.send('credit', { chunks: this.#granted });
  }

  protected onTurn(): void {
    this.stream = this.session.open(this, 'list', { path: this.#path, prefix: this.#prefix, credit: this.#granted });
  }

  onFrame({ name, meta }: Frame): void {
    if (name === 'result') {
      decodeMessage('emptyResult', meta);
      return this.succeed(undefined);
    }
    if (name !== 'entries') throw unexpected(name);
    if (this.#arrived === this.#granted) throw new ProtocolError('over-credit', 'ENTRIES beyond what was granted');
    const { entries } = decodeMessage('entries', meta);
    this.#arrived += 1;
    this.#onPage(entries.map(([entry, type, size, mtimeMs]) => ({ name: entry, type, size, mtimeMs })));
  }

  protected release(): void {
    // It holds nothing.
  }
}

/**
 * The entries of a folder, page by page. The request is sent with the first `next()`; leaving the loop early cancels it.
 * @throws what the server told, when what came before it was read
 */
export async function* listPages(
  session: Session,
  path: string,
  options: ListOptions,
): AsyncGenerator<Complete<Entry>[], void, undefined> {
  const pages: Complete<Entry>[][] = [];
  let end: { error: Error | undefined } | undefined;
  let wake = (): void => undefined;
  const operation = new ListOperation(
    session,
    path,
    options,
    (entries) => {
      pages.push(entries);
      wake();
    },
    (error) => {
      end = { error };
      wake();
    },
  );
  operation.start();
  try {
    for (;;) {
      const page = pages.shift();
      if (page !== undefined) {
        yield page;
        operation.grant();
      } else if (end === undefined) {
        await new Promise<void>((resolve) => (wake = resolve));
      } else if (end.error !== undefined) {
        throw end.error;
      } else {
        return;
      }
    }
  } finally {
    operation.fail(new Error('the reader left'));
  }
}
