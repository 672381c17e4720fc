import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { ByteSink } from '../../lib/transport/socket-reader.js';

const block = Buffer.alloc(1024 * 1024, 0x5a);

/** Writes bytes from memory, then ends. */
export async function writeFromMemory(socket: Socket, size: number): Promise<void> {
  for (let left = size; left > 0;) {
    const piece = block.subarray(0, Math.min(left, block.length));
    left -= piece.length;
    if (!socket.write(piece)) await once(socket, 'drain');
  }
  socket.end();
}

/** Takes bytes as fast as they come, and does nothing with them. */
export class Nowhere implements ByteSink {
  received = 0;
  readonly #block = Buffer.alloc(1024 * 1024);

  view(): Uint8Array {
    return this.#block;
  }

  advance(length: number): void {
    this.received += length;
  }
}
