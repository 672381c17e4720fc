import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, Socket } from 'node:net';
import { Conveyor, type Tap } from './conveyor.js';
import { Line, Pipe } from './pipe.js';

/** 1 Gbit/s, in bytes per second. */
export const GIGABIT = 125_000_000;
/** A pipe holds at least so much, bytes: about four ticks of a timer at 1 Gbit/s, or short round trips would cost throughput. */
const LEAST_CAPACITY = 512 * 1024;

export interface Taps {
  readonly up: Tap;
  readonly down: Tap;
  /** Both sockets are gone. */
  readonly onClose: () => void;
}

export interface ProxyOptions {
  /** Where connections lead, on this machine. */
  readonly target: number;
  /** Milliseconds. */
  readonly roundTrip: number;
  /** Bytes per second each way, for all connections together. */
  readonly rate?: number;
  /** Bytes that each connection may have under way in each direction; by default one bandwidth-delay product. */
  readonly capacity?: number;
  /** Makes the taps of a connection. */
  readonly tap?: () => Taps;
  /** A pipe is full: its sender is not read for now. */
  readonly onFull?: () => void;
}

/**
 * A long fat pipe: every byte takes half of the round trip, no more than the rate gets through, and a sender is pushed back when one
 * bandwidth-delay product is under way. What it has no model of: lost packets and slow start.
 *
 * The kernel's own buffers come on top: what it took and the proxy has not read is not in the pipe yet, and is neither delayed nor lost.
 */
export class Proxy {
  readonly port: number;
  readonly #server: Server;
  readonly #options: ProxyOptions;
  readonly #lines: { readonly up: Line; readonly down: Line };
  readonly #sockets = new Set<Socket>();
  readonly #pipes: Pipe[] = [];
  readonly #timers = new Set<NodeJS.Timeout>();

  private constructor(server: Server, options: ProxyOptions) {
    const { rate = GIGABIT } = options;
    this.#server = server;
    this.#options = options;
    this.#lines = { up: new Line(rate), down: new Line(rate) };
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (socket) => this.#onConnection(socket));
  }

  static async listen(options: ProxyOptions): Promise<Proxy> {
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Proxy(server, options);
  }

  /** The most that any pipe has held at one time, bytes. */
  get mostHeld(): number {
    return Math.max(0, ...this.#pipes.map(({ mostHeld }) => mostHeld));
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#timers.forEach(clearTimeout);
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  /**
   * The kernel has accepted the connection at once, but its client would have waited a round trip for that, and its server would have
   * heard of it another half later. Bytes of the client that wait meanwhile are read then.
   */
  #onConnection(client: Socket): void {
    const { target, roundTrip, tap, onFull = () => undefined } = this.#options;
    const server = new Socket({ allowHalfOpen: true });
    server.setNoDelay(true);
    const taps = tap?.();
    const up = new Conveyor(client, server, this.#newPipe(this.#lines.up), { tap: taps?.up, onFull });
    const down = new Conveyor(server, client, this.#newPipe(this.#lines.down), { tap: taps?.down, onFull });
    this.#pair(client, server, () => {
      up.stop();
      down.stop();
      taps?.onClose();
    });
    this.#after(roundTrip, client, () => up.start());
    this.#after(1.5 * roundTrip, server, () => {
      server.connect(target, '127.0.0.1');
      down.start();
    });
  }

  #newPipe(line: Line): Pipe {
    const { roundTrip, rate = GIGABIT } = this.#options;
    const { capacity = Math.max(LEAST_CAPACITY, (rate * roundTrip) / 1000) } = this.#options;
    const pipe = new Pipe(line, roundTrip / 2, capacity);
    this.#pipes.push(pipe);
    return pipe;
  }

  /** A reset of one side is a reset for the other. */
  #pair(client: Socket, server: Socket, onClosed: () => void): void {
    const pairs = [
      [client, server],
      [server, client],
    ] as const;
    for (const [one, other] of pairs) {
      this.#sockets.add(one);
      one.on('error', () => other.resetAndDestroy());
      one.on('close', () => {
        this.#sockets.delete(one);
        if (!this.#sockets.has(other)) onClosed();
      });
    }
  }

  #after(delay: number, socket: Socket, action: () => void): void {
    if (delay === 0) return action();
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (!socket.destroyed) action();
    }, delay);
    this.#timers.add(timer);
  }
}
