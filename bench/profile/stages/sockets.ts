import { once } from 'node:events';
import { FrameWriter, type ChunkJob } from '../../../lib/transport/frame-writer.js';
import { type ByteSink, connectSocket } from '../../../lib/transport/socket-reader.js';
import { CHUNK_SIZE, DEFAULT_FRAGMENT, DIGEST_SIZE } from '../../../protocol/limits.js';
import { startAgent } from '../../child.js';
import { Nowhere } from '../../programs/bare-socket.js';
import { type Lab, type Rig, type Stage } from '../stage.js';
import { putRequest, recordedBytes, smallFrames } from './recorded.js';

/** As wide as the decoder's view while small frames come. */
const WIDE = 65_536;
/** Chunks that a connection has with its writer at a time. */
const AHEAD = 2;
/** Small files under way at a time, as many as a connection has streams. */
const STREAMS = 128;

export const socketStages: readonly Stage[] = [
  {
    name: 'socket read',
    per: 'GiB',
    open: (lab) => reading(lab.size, new Places(fragmentsOf(lab))),
  },
  {
    name: 'socket write',
    per: 'GiB',
    open: ({ size, slots }) =>
      writing((writer) => {
        let position = 0;
        return inTurns(AHEAD, (done) => {
          if (position === size) return false;
          writer.chunk(chunkJob(1, position, slots.next(), done));
          position += CHUNK_SIZE;
          return true;
        });
      }),
  },
  {
    name: 'socket read, small frames',
    per: 'file',
    open: (lab) => reading(lab.files * recordedBytes(smallFrames(lab.fileSize, 1)), new Places([Buffer.alloc(WIDE)])),
  },
  {
    name: 'socket write, small frames',
    per: 'file',
    open: ({ files, fileSize, slots }) =>
      writing((writer) => {
        let sent = 0;
        return inTurns(STREAMS, (done) => {
          if (sent === files) return false;
          sent += 1;
          writer.control(putRequest(fileSize));
          writer.chunk(chunkJob(2 * sent - 1, 0, slots.next().subarray(0, fileSize), done));
          return true;
        });
      }),
  },
];

/** The direct path: a process of its own sends from memory, the kernel places. */
async function reading(size: number, sink: Places): Promise<Rig> {
  const sender = startAgent('bare-server');
  const port = await sender.request('download', size);
  return {
    async run() {
      const before = sink.received;
      const { socket } = connectSocket('127.0.0.1', port, sink, 'direct');
      await once(socket, 'end');
      socket.end();
      await once(socket, 'close');
      if (sink.received - before !== size) throw new Error(`${sink.received - before} of ${size} bytes arrived`);
    },
    close: () => sender.stop(),
  };
}

/** @param send resolves when the writer is done with everything */
async function writing(send: (writer: FrameWriter) => Promise<void>): Promise<Rig> {
  const receiver = startAgent('bare-server');
  const port = await receiver.request('upload');
  return {
    async run() {
      const { socket } = connectSocket('127.0.0.1', port, new Nowhere(), 'direct');
      await once(socket, 'connect');
      const end = once(socket, 'end');
      await send(new FrameWriter(socket, () => socket.destroy(new Error('flood'))));
      socket.end();
      await end;
    },
    close: () => receiver.stop(),
  };
}

const leaf = new Uint8Array(DIGEST_SIZE);

function chunkJob(stream: number, offset: number, bytes: Uint8Array, onDone: () => void): ChunkJob {
  return { stream, epoch: 1, offset, bytes, leaf, onDone };
}

/** Begins `count` things, and another whenever one is done, until there are none left. */
function inTurns(count: number, begin: (done: () => void) => boolean): Promise<void> {
  return new Promise((resolve) => {
    let open = 0;
    const next = (): void => {
      if (begin(done)) open += 1;
    };
    const done = (): void => {
      open -= 1;
      next();
      if (open === 0) resolve();
    };
    for (let index = 0; index < count; index++) next();
  });
}

function fragmentsOf({ slots }: Lab): Uint8Array[] {
  return slots.slots.flatMap((slot) =>
    Array.from({ length: CHUNK_SIZE / DEFAULT_FRAGMENT }, (_, index) =>
      slot.subarray(index * DEFAULT_FRAGMENT, (index + 1) * DEFAULT_FRAGMENT),
    ),
  );
}

/** Places one after the other, each filled before the next. */
class Places implements ByteSink {
  received = 0;
  readonly #places: readonly Uint8Array[];
  #index = 0;
  #rest: Uint8Array;

  constructor(places: readonly Uint8Array[]) {
    this.#places = places;
    this.#rest = places[0]!;
  }

  view(): Uint8Array {
    return this.#rest;
  }

  advance(length: number): void {
    this.received += length;
    this.#rest = this.#rest.subarray(length);
    if (this.#rest.length > 0) return;
    this.#index = (this.#index + 1) % this.#places.length;
    this.#rest = this.#places[this.#index]!;
  }
}
