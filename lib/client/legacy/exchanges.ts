import type { LegacyReply } from '../../../protocol/legacy/reply-scanner.js';
import type { LegacyVerb } from '../../../protocol/legacy/request.js';
import { requestText, type RequestText } from '../../../protocol/legacy/request-writer.js';
import { onAbort } from '../aborts.js';
import { ConnectionError } from '../errors.js';
import type { TreeHost } from '../tree.js';
import { type ContentTaker, Exchange, type ExchangeOptions } from './exchange.js';
import { Lanes } from './lanes.js';
import { checkReply } from './replies.js';

/** Connections at once. Old servers have a worker for each, and few of them. */
export const CONNECTIONS = 16;

export interface Ask {
  readonly verb: LegacyVerb;
  readonly name: string;
  /** For messages: `put of 'a.bin'`. */
  readonly title: string;
  readonly signal: AbortSignal | undefined;
  /** Takes the content of a GET. */
  readonly taker?: ContentTaker;
  /** Sends the request, whose text is given. Without it that is all there is to send. */
  readonly send?: (exchange: Exchange, text: RequestText) => void;
}

/** All that a client asks of one server of the base64 protocol: each request on a connection of its own. */
export class Exchanges implements TreeHost {
  readonly streams = CONNECTIONS;
  readonly closed: Promise<void>;
  readonly #dialect: 'json' | 'text';
  readonly #options: ExchangeOptions;
  readonly #lanes = new Lanes(CONNECTIONS);
  readonly #open = new Set<Exchange>();
  /** Of the connections that are closed. */
  #sent = 0;
  #received = 0;
  #refusal: Error | undefined;
  #resolveClosed!: () => void;

  constructor(dialect: 'json' | 'text', options: ExchangeOptions) {
    this.#dialect = dialect;
    this.#options = options;
    this.closed = new Promise((resolve) => (this.#resolveClosed = resolve));
  }

  get bytesSent(): number {
    return [...this.#open].reduce((sum, { bytesSent }) => sum + bytesSent, this.#sent);
  }

  get bytesReceived(): number {
    return [...this.#open].reduce((sum, { bytesReceived }) => sum + bytesReceived, this.#received);
  }

  /** Why nothing more can be asked; undefined while it can. */
  get refusal(): Error | undefined {
    return this.#refusal;
  }

  /**
   * Sends a request, and reads the reply, which says OK and is about what was asked.
   * @throws {ArgumentError} `bad-path`: the dialect has no way to write the name
   * @throws {LegacyServerError} @throws {BadReplyError} @throws {ConnectionError} @throws {TimeoutError}
   */
  async ask(ask: Ask): Promise<LegacyReply> {
    const text = requestText(this.#dialect, ask.verb, ask.name);
    const reply = await this.#lanes.run(ask.signal, () => this.#exchange(ask, text));
    checkReply(ask.title, ask.verb, ask.name, reply);
    return reply;
  }

  /** Everything under way fails with `closed`. */
  async close(): Promise<void> {
    const closed = new ConnectionError('closed', 'the client was closed');
    this.#refusal ??= closed;
    this.#lanes.clear(closed);
    const open = [...this.#open];
    for (const exchange of open) exchange.fail(closed);
    await Promise.all(open.map((exchange) => exchange.closed));
    this.#resolveClosed();
  }

  #exchange({ verb, title, signal, taker, send }: Ask, text: RequestText): Promise<LegacyReply> {
    return new Promise((resolve, reject) => {
      if (this.#refusal !== undefined) throw this.#refusal;
      signal?.throwIfAborted();
      const exchange = new Exchange(this.#options, verb, title, taker ?? null, (error, reply) => {
        stopListening();
        if (reply === undefined) reject(error!);
        else resolve(reply);
      });
      this.#open.add(exchange);
      void exchange.closed.then(() => {
        this.#open.delete(exchange);
        this.#sent += exchange.bytesSent;
        this.#received += exchange.bytesReceived;
      });
      let stopListening = (): void => undefined;
      stopListening = onAbort(signal, (reason) => exchange.fail(reason));
      if (send === undefined) exchange.write(text.before, { last: true });
      else send(exchange, text);
    });
  }
}
