/**
 * The old client as it was. A request is one string, base64 and all, sent whole; a reply is received 8,192 bytes at a time into one
 * string that is searched for its end from the start each time, parsed, decoded whole, and written by one write.
 *
 * The published clients block, a thread or a process each; here those of one process take turns at its event loop, which for
 * one piece after another is what Python's threads do, since one of them runs at a time.
 */
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { RECEIVE_SIZE, ReceivedText, TERMINATOR } from './received-text.js';

export interface Place {
  readonly host: string;
  readonly port: number;
}

interface Reply {
  readonly status: string;
  readonly data?: unknown;
  readonly data_file?: string;
}

export async function oldUpload(place: Place, source: string, name: string): Promise<void> {
  await request(place, 'UPLOAD', () => [name, readFileSync(source).toString('base64')]);
}

export async function oldDownload(place: Place, name: string, destination: string): Promise<void> {
  const { data_file: content = '' } = await request(place, 'GET', () => [name]);
  writeFileSync(destination, Buffer.from(content, 'base64'));
}

async function request(place: Place, command: string, makeParams: () => readonly string[]): Promise<Reply> {
  const connection = open(place);
  await once(connection.socket, 'connect');
  connection.socket.write(JSON.stringify({ command, params: makeParams() }) + TERMINATOR, 'latin1');
  const reply = JSON.parse(await connection.reply) as Reply;
  if (reply.status !== 'OK') throw new Error(`the server says: ${String(reply.data)}`);
  return reply;
}

function open(place: Place): { readonly socket: Socket; readonly reply: Promise<string> } {
  const received = new ReceivedText();
  let resolve: (reply: string) => void;
  const takePiece = (length: number, piece: Uint8Array): boolean => {
    received.append(piece.subarray(0, length));
    const message = received.takeMessage();
    if (message === undefined) return true;
    socket.destroy();
    resolve(message);
    return false;
  };
  const socket = connect({ ...place, onread: { buffer: Buffer.allocUnsafe(RECEIVE_SIZE), callback: takePiece } });
  const reply = new Promise<string>((done, fail) => {
    resolve = done;
    socket.once('error', fail);
    socket.once('close', () => fail(new Error('the server closed the connection before its reply was whole')));
  });
  // Where the connection fails, that is told by whoever waits for it.
  reply.catch(() => undefined);
  return { socket, reply };
}
