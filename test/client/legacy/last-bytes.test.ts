import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import * as net from 'node:net';
import type { Readable } from 'node:stream';
import t from 'tap';
import { connect } from '../../../lib/client/connect.js';

/** The last group of a file's base64 can straddle the end of a chunk, while all the memory that a download has waits for its reader. */

const MIB = 1_048_576;
const T = '\r\n\r\n';

const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** One piece of what the stream holds, once there is any. */
async function onePiece(stream: Readable): Promise<Buffer> {
  for (;;) {
    const piece = stream.read(MIB) as Buffer | null;
    if (piece !== null) return piece;
    await once(stream, 'readable');
  }
}

for (const size of [4 * MIB, 4 * MIB + 1, 4 * MIB + 2, 5 * MIB + 1, 7 * MIB + 2]) {
  t.test(`a get of ${size} bytes whose reader starts late`, async (t) => {
    const content = randomBytes(size);
    let left: Promise<unknown> | undefined;
    const server = net.createServer({ allowHalfOpen: true }, (socket) => {
      left = once(socket, 'end').then(() => socket.end());
      socket.once('data', () => socket.write(`{"status": "OK", "data_file": "${content.toString('base64')}"}${T}`));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as net.AddressInfo;
    const client = await connect({ host: '127.0.0.1', port }, { protocol: 'legacy-json' });
    t.teardown(async () => {
      await client.close();
      server.close();
    });
    const stream = client.getStream('a');
    const pieces: Buffer[] = [];
    // As little is read as the client needs to take in the whole reply, and leave.
    const taken = Math.max(0, Math.floor(size / MIB) - 4);
    for (let i = 0; i < taken; i++) pieces.push(await onePiece(stream));
    while (left === undefined) await once(server, 'connection');
    await left;
    for await (const piece of stream) pieces.push(piece as Buffer);
    const got = Buffer.concat(pieces);
    t.equal(got.length, size);
    t.equal(digestOf(got), digestOf(content));
  });
}
