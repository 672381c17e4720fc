import type { Frame } from '../../protocol/decoder.js';
import { ProtocolError } from '../../protocol/errors.js';
import { decodeMessage, encodeFrame } from '../../protocol/messages.js';
import type { FrameWriter } from './frame-writer.js';

/** PING and PONG of one connection (P-9.1): at most one of each is under way. */
export class Pings {
  readonly #writer: FrameWriter;
  #last = 0;
  #sentAt: number | undefined;
  #pongQueued = false;

  constructor(writer: FrameWriter) {
    this.#writer = writer;
  }

  /** When the unanswered PING was sent, ms of performance.now(); undefined when none is. */
  get sentAt(): number | undefined {
    return this.#sentAt;
  }

  /** Sends a PING unless one is unanswered. */
  send(): void {
    if (this.#sentAt !== undefined) return;
    this.#last = (this.#last + 1) >>> 0;
    this.#sentAt = performance.now();
    this.#writer.control(encodeFrame('ping', { id: this.#last }));
  }

  /** @throws {ProtocolError} `flood` */
  onPing(frame: Frame): void {
    const { id } = decodeMessage('ping', frame.meta);
    if (this.#pongQueued) throw new ProtocolError('flood', 'a PING before the last one could be answered');
    this.#pongQueued = true;
    this.#writer.control(encodeFrame('pong', { id }));
    void this.#writer.controlFlushed().then(() => (this.#pongQueued = false));
  }

  /** @throws {ProtocolError} `wrong-state` */
  onPong(frame: Frame): void {
    const { id } = decodeMessage('pong', frame.meta);
    if (this.#sentAt === undefined || id !== this.#last) {
      throw new ProtocolError('wrong-state', 'a PONG that was not asked for');
    }
    this.#sentAt = undefined;
  }
}
