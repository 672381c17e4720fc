import { readSync, writeSync } from 'node:fs';
import { RECEIVE_SIZE, ReceivedText, TERMINATOR } from './received-text.js';
import { carryOut } from './requests.js';

/** Serves a blocking socket until its peer closes it or is gone. Everything in here waits. */
export function serveConnection(fd: number, dir: string): void {
  const piece = Buffer.allocUnsafe(RECEIVE_SIZE);
  const received = new ReceivedText();
  try {
    for (;;) {
      const length = readSync(fd, piece, 0, RECEIVE_SIZE, null);
      if (length === 0) return;
      received.append(piece.subarray(0, length));
      let request: string | undefined;
      while ((request = received.takeMessage()) !== undefined) {
        sendAll(fd, Buffer.from(carryOut(request, dir) + TERMINATOR, 'latin1'));
      }
    }
  } catch (error) {
    if (!['ECONNRESET', 'EPIPE'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

function sendAll(fd: number, message: Buffer): void {
  for (let sent = 0; sent < message.length;) sent += writeSync(fd, message, sent);
}
