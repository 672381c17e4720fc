import type { Frame } from '../../protocol/decoder.js';
import { decodeMessage, type Message } from '../../protocol/messages.js';
import type { Progress } from './api.js';
import { notify } from './arguments.js';
import { Operation, run, type Settle, unexpected, type Waiting } from './operation.js';
import { retryRefused } from './retry.js';
import type { Session } from './session.js';

type Request = 'stat' | 'remove' | 'rename' | 'mkdir' | 'hash';
type Result = 'statResult' | 'hashResult' | 'emptyResult';

interface CallSpec<Q extends Request, R extends Result> {
  readonly name: Q;
  readonly message: Message<Q>;
  readonly result: R;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** A request that is answered by its RESULT alone (P-7.9). */
class Call<Q extends Request, R extends Result> extends Operation<Message<R>> {
  readonly #spec: CallSpec<Q, R>;

  constructor(session: Session, spec: CallSpec<Q, R>, settle: Settle<Message<R>>) {
    super(session, spec.signal, settle);
    this.#spec = spec;
  }

  get title(): string {
    const { name, message } = this.#spec;
    return `${name} of '${message.path}'`;
  }

  get waiting(): Waiting {
    return 'server';
  }

  protected onTurn(): void {
    this.stream = this.session.open(this, this.#spec.name, this.#spec.message);
  }

  onFrame({ name, meta }: Frame): void {
    if (name !== 'result') throw unexpected(name);
    this.succeed(decodeMessage(this.#spec.result, meta));
  }

  override onProgressFrame({ meta }: Frame): void {
    const { done } = decodeMessage('progress', meta);
    if (done !== undefined) notify(this.#spec.onProgress, { bytes: done, total: undefined });
  }

  protected release(): void {
    // It holds nothing.
  }
}

/** Sends a request and waits for its RESULT; a refusal for want of room is tried again. */
export function call<Q extends Request, R extends Result>(session: Session, spec: CallSpec<Q, R>): Promise<Message<R>> {
  return retryRefused(session, spec.signal, () => run<Message<R>>((settle) => new Call(session, spec, settle)));
}
