import { EventEmitter } from 'node:events';
import type * as net from 'node:net';
import fc from 'fast-check';
import t from 'tap';
import { type ChunkJob, FrameWriter } from '../../lib/transport/frame-writer.js';

type Written = (error?: Error | null) => void;

/** A batch with the socket. */
interface Batch {
  readonly frames: Buffer[];
  written: Written | undefined;
  /** The kernel has it; `written` may still have to say so. */
  taken: boolean;
}

/** A socket that takes a batch when the test says so. */
class PlayedSocket extends EventEmitter {
  /** What was written, batch by batch. */
  readonly batches: Buffer[][] = [];
  closed = false;
  errored: Error | null = null;
  /** So many batches more are taken at once by the kernel, which tells of it later. */
  atOnce = 0;
  readonly #reports: Batch[] = [];

  get writableLength(): number {
    return this.#held.flatMap(({ frames }) => frames).reduce((sum, { length }) => sum + length, 0);
  }

  get #held(): Batch[] {
    return this.#reports.filter(({ taken }) => !taken);
  }

  cork(): void {
    if (this.#held.length > 0) throw new Error('a batch is written behind one that the socket still holds');
    const frames: Buffer[] = [];
    this.batches.push(frames);
    this.#reports.push({ frames, written: undefined, taken: false });
  }

  uncork(): void {
    if (this.atOnce === 0) return;
    this.atOnce -= 1;
    this.#reports.at(-1)!.taken = true;
  }

  write(bytes: Buffer, written?: Written): boolean {
    const { frames } = this.#reports.at(-1)!;
    frames.push(bytes);
    this.#reports.at(-1)!.written = written;
    return false;
  }

  /** Tells that the kernel has the oldest batch, or that the socket failed. */
  take(error?: Error): void {
    const batch = this.#reports.shift();
    if (batch === undefined) return;
    batch.taken = true;
    batch.written?.(error);
  }

  /** Whether a batch that the kernel has not taken yet has any of these bytes. */
  holds(bytes: Uint8Array): boolean {
    return this.#held.some(({ frames }) => frames.some(({ buffer }) => buffer === bytes.buffer));
  }

  /** Takes everything, batch by batch. */
  async drain(): Promise<void> {
    await turn();
    while (this.#reports.length > 0) {
      this.take();
      await turn();
    }
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const FRAGMENT = 1_000;

function play(): { socket: PlayedSocket; writer: FrameWriter; sent: () => string[]; floods: () => number } {
  const socket = new PlayedSocket();
  let floods = 0;
  const writer = new FrameWriter(socket as unknown as net.Socket, () => (floods += 1));
  writer.fragment = FRAGMENT;
  /** Control frames by their text, fragments as stream@offset, with a `.` where a chunk ends. */
  const sent = (): string[] => {
    const names: string[] = [];
    const frames = socket.batches.flat();
    for (let i = 0; i < frames.length; i++) {
      const frame = frames[i]!;
      if (frame[4] !== 0x20 || frame.length < 28) names.push(frame.toString());
      else {
        names.push(`${frame.readUInt32BE(8)}@${frame.readBigUInt64BE(20)}${frame[5] === 1 ? '.' : ''}`);
        i += 1;
      }
    }
    return names;
  };
  return { socket, writer, sent, floods: () => floods };
}

/** Whether the control frames given so far are flushed by now. */
function watchFlush(writer: FrameWriter): () => boolean {
  let flushed = false;
  void writer.controlFlushed().then(() => (flushed = true));
  return () => flushed;
}

const control = (text: string): Buffer => Buffer.from(text);

/** A chunk whose `done` gathers what `onDone` was called with. */
function chunk(stream: number, fragments: number, more: Partial<ChunkJob> = {}): ChunkJob & { done: boolean[] } {
  const done: boolean[] = [];
  const bytes = new Uint8Array(fragments * FRAGMENT);
  return {
    stream,
    epoch: 0,
    offset: 0,
    bytes,
    leaf: new Uint8Array(32),
    onDone: (sent) => done.push(sent),
    done,
    ...more,
  };
}

t.test('streams take turns, fragment by fragment (P-4.2)', async (t) => {
  const { socket, writer, sent } = play();
  const jobs = [chunk(1, 3), chunk(3, 2), chunk(5, 1)];
  for (const job of jobs) writer.chunk(job);
  await socket.drain();
  t.same(sent(), ['1@0', '3@0', '5@0.', '1@1000', '3@1000.', '1@2000.']);
  for (const { done } of jobs) t.same(done, [true]);
});

t.test('chunks of one stream leave in order, whole', async (t) => {
  const { socket, writer, sent } = play();
  writer.chunk(chunk(1, 2));
  writer.chunk(chunk(1, 2, { offset: 2_000 }));
  await socket.drain();
  t.same(sent(), ['1@0', '1@1000.', '1@2000', '1@3000.']);
});

t.test('a control frame waits for one fragment at most, and goes before all others', async (t) => {
  const { socket, writer, sent } = play();
  for (const stream of [1, 3, 5]) writer.chunk(chunk(stream, 4));
  await turn();
  t.same(sent(), ['1@0'], 'no more than one fragment is with the socket');
  writer.control(control('urgent'));
  socket.take();
  t.same(sent(), ['1@0', 'urgent', '3@0']);
  await socket.drain();
});

t.test('small chunks share a batch', async (t) => {
  const { socket, writer } = play();
  for (const stream of [1, 3, 5, 7]) writer.chunk(chunk(stream, 0.25));
  await socket.drain();
  t.equal(socket.batches.length, 1);
});

t.test('a trailer leaves right behind its chunk, whatever else waits', async (t) => {
  const { socket, writer, sent } = play();
  writer.chunk(chunk(1, 2, { trailer: control('result') }));
  writer.chunk(chunk(3, 2));
  await turn();
  writer.control(control('other'));
  await socket.drain();
  t.same(sent(), ['1@0', 'other', '3@0', '1@1000.', 'result', '3@1000.']);
});

t.test('a burst of frames does not wait for the end of the turn', async (t) => {
  const { socket, writer, sent } = play();
  socket.atOnce = Infinity;
  const names = Array.from({ length: 80 }, (_, i) => `frame ${i}`);
  for (const name of names) writer.control(control(name));
  t.same(sent(), names.slice(0, 64), 'two bursts of 32 have left, though nobody has heard of the first one yet');
  await turn();
  t.same(sent(), names);
  await socket.drain();
});

t.test('streams that send a chunk each are a burst too', (t) => {
  const { socket, writer } = play();
  for (let stream = 1; stream < 64; stream += 2) writer.chunk(chunk(stream, 1 / 32));
  t.equal(socket.batches.length, 1);
  t.equal(socket.batches[0]?.length, 64, 'a head and the bytes of each');
  t.end();
});

t.test('a socket whose kernel takes all at once', (t) => {
  t.test('gets the next batch, and says later which are done', async (t) => {
    const { socket, writer, sent } = play();
    socket.atOnce = Infinity;
    const [long, short] = [chunk(1, 3), chunk(3, 1)];
    for (const job of [long, short]) writer.chunk(job);
    await turn();
    t.same(sent(), ['1@0', '3@0.', '1@1000', '1@2000.']);
    socket.take();
    t.same([long.done, short.done], [[], []]);
    socket.take();
    t.same([long.done, short.done], [[], [true]]);
    socket.take();
    t.same(long.done, [], 'though all of it had been written when its first batch was reported');
    socket.take();
    t.same(long.done, [true]);
  });

  t.test('and then holds the rest of a chunk: its memory is not free before that is gone', async (t) => {
    const { socket, writer, sent } = play();
    const job = chunk(1, 2);
    socket.atOnce = 1;
    writer.chunk(job);
    await turn();
    t.same(sent(), ['1@0', '1@1000.']);
    socket.take();
    t.same(job.done, [], 'its first batch is reported, its second one is with the socket');
    socket.take();
    t.same(job.done, [true]);
  });

  t.test('closes: what nobody reported was not sent', async (t) => {
    const { socket, writer } = play();
    socket.atOnce = Infinity;
    const jobs = [chunk(1, 3), chunk(3, 1)];
    for (const job of jobs) writer.chunk(job);
    await turn();
    socket.emit('close');
    for (const { done } of jobs) t.same(done, [false]);
  });

  t.test('is flushed when a frame has left, however much follows it', async (t) => {
    const { socket, writer } = play();
    socket.atOnce = 1;
    writer.control(control('pong'));
    writer.chunk(chunk(1, 2));
    const flushed = watchFlush(writer);
    await turn();
    t.ok(writer.busy, 'the second fragment waits for the peer to read');
    socket.take();
    await turn();
    t.ok(flushed());
  });

  t.test('and has failed: it is given no more', async (t) => {
    const { socket, writer, sent } = play();
    socket.atOnce = Infinity;
    const job = chunk(1, 4);
    socket.errored = new Error('reset');
    writer.chunk(job);
    await turn();
    t.same(sent(), []);
    socket.emit('close');
    t.same(job.done, [false]);
  });

  t.test('is flushed when the kernel has the frame, not when an older batch is reported', async (t) => {
    const { socket, writer } = play();
    socket.atOnce = Infinity;
    writer.control(control('first'));
    await turn();
    socket.atOnce = 0;
    writer.control(control('pong'));
    await turn();
    const flushed = watchFlush(writer);
    socket.take();
    await turn();
    t.notOk(flushed());
    socket.take();
    await turn();
    t.ok(flushed());
  });
  t.end();
});

t.test('withdrawing', (t) => {
  t.test('in the middle of a chunk: its memory is free when the socket has let go of it', async (t) => {
    const { socket, writer, sent } = play();
    const [begun, waiting, other] = [chunk(1, 3), chunk(1, 1, { offset: 3_000 }), chunk(3, 1)];
    for (const job of [begun, waiting, other]) writer.chunk(job);
    await turn();
    writer.withdraw(1);
    t.same(waiting.done, [false], 'nothing of it was with the socket');
    t.same(begun.done, [], 'the kernel may still read it');
    socket.take();
    t.same(begun.done, [false]);
    await socket.drain();
    t.same(sent(), ['1@0', '3@0.']);
    t.same(other.done, [true]);
  });

  t.test('between two fragments', async (t) => {
    const { socket, writer, sent } = play();
    const [begun, other] = [chunk(1, 3), chunk(3, 2)];
    for (const job of [begun, other]) writer.chunk(job);
    await turn();
    socket.take();
    writer.withdraw(1);
    t.same(begun.done, [false]);
    await socket.drain();
    t.same(sent(), ['1@0', '3@0', '3@1000.']);
  });

  t.test('what left whole was sent', async (t) => {
    const { socket, writer } = play();
    const job = chunk(1, 1);
    writer.chunk(job);
    await turn();
    writer.withdraw(1);
    t.same(job.done, []);
    socket.take();
    t.same(job.done, [true]);
  });

  t.test('a stream that was withdrawn may send again', async (t) => {
    const { socket, writer, sent } = play();
    writer.chunk(chunk(1, 1));
    writer.withdraw(1);
    writer.chunk(chunk(1, 1, { offset: 5_000 }));
    await socket.drain();
    t.same(sent(), ['1@5000.']);
  });
  t.end();
});

t.test('last words: no chunk goes behind endChunks, control frames do', async (t) => {
  const { socket, writer, sent } = play();
  const late = chunk(3, 1);
  // Memory that comes free is filled with the next chunk at once.
  writer.chunk(chunk(1, 2, { onDone: () => writer.chunk(late) }));
  writer.endChunks();
  writer.control(control('error'));
  await socket.drain();
  t.same(sent(), ['error']);
  t.same(late.done, [false]);
});

t.test('controlFlushed', (t) => {
  t.test('waits for the frames so far, not for those that follow', async (t) => {
    const { socket, writer } = play();
    writer.control(control('pong'));
    const flushed = writer.controlFlushed();
    await turn();
    writer.control(control('another'));
    socket.take();
    writer.control(control('and another'));
    await flushed;
    t.pass();
  });

  t.test('waits for the batch behind the one that is with the socket', async (t) => {
    const { socket, writer } = play();
    writer.chunk(chunk(1, 1));
    await turn();
    writer.control(control('pong'));
    const flushed = watchFlush(writer);
    socket.take();
    await turn();
    t.notOk(flushed());
    socket.take();
    await turn();
    t.ok(flushed());
  });

  t.test('is settled when there is nothing, and when the socket closes', async (t) => {
    const { socket, writer } = play();
    await writer.controlFlushed();
    writer.control(control('first'));
    await turn();
    writer.control(control('second'));
    const flushed = [writer.controlFlushed()];
    socket.emit('close');
    flushed.push(writer.controlFlushed());
    await Promise.all(flushed);
    t.pass();
  });
  t.end();
});

t.test('more than 1 MiB of control frames is a flood', async (t) => {
  const { socket, writer, sent, floods } = play();
  writer.control(control('first'));
  await turn();
  writer.control(Buffer.alloc(1_048_576));
  t.equal(floods(), 0);
  writer.control(control('x'));
  t.equal(floods(), 1);
  writer.dropControl();
  writer.control(control('error'));
  await socket.drain();
  t.same(sent(), ['first', 'error']);
});

t.test('a batch that the socket could not send was not sent', async (t) => {
  const { socket, writer, sent } = play();
  const jobs = [chunk(1, 1), chunk(3, 1)];
  for (const job of jobs) writer.chunk(job);
  await turn();
  socket.take(new Error('reset'));
  for (const { done } of jobs) t.same(done, [false]);
  await socket.drain();
  t.same(sent(), ['1@0.'], 'nothing more is written');
});

t.test(
  'onDone is called exactly once, and never while the socket has the bytes, in every order of things',
  async () => {
    const step = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({
          do: fc.constant('chunk' as const),
          stream: fc.constantFrom(1, 3, 5),
          size: fc.integer({ min: 1, max: 12 }),
        }),
      },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('withdraw' as const), stream: fc.constantFrom(1, 3, 5) }) },
      { weight: 4, arbitrary: fc.constant({ do: 'take' as const }) },
      { weight: 1, arbitrary: fc.constant({ do: 'control' as const }) },
      { weight: 2, arbitrary: fc.constant({ do: 'turn' as const }) },
      {
        weight: 2,
        arbitrary: fc.record({ do: fc.constant('atOnce' as const), batches: fc.integer({ min: 0, max: 3 }) }),
      },
    );
    const end = fc.constantFrom('drain', 'close', 'endChunks', 'error');
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), end, async (steps, how) => {
        const { socket, writer } = play();
        const jobs: { done: boolean[] }[] = [];
        for (const next of steps) {
          if (next.do === 'chunk') {
            const job = chunk(next.stream, next.size / 4, {
              onDone(sent) {
                job.done.push(sent);
                if (!socket.closed && socket.holds(job.bytes)) throw new Error('the socket still has bytes of it');
              },
            });
            jobs.push(job);
            writer.chunk(job);
          } else if (next.do === 'withdraw') writer.withdraw(next.stream);
          else if (next.do === 'take') socket.take();
          else if (next.do === 'atOnce') socket.atOnce = next.batches;
          else if (next.do === 'control') writer.control(control('control'));
          else await turn();
        }
        socket.closed = how === 'close' || how === 'error';
        if (how === 'close') socket.emit('close');
        else if (how === 'error') {
          await turn();
          socket.take(new Error('reset'));
          socket.emit('close');
        } else if (how === 'endChunks') writer.endChunks();
        await socket.drain();
        return jobs.every(({ done }) => done.length === 1);
      }),
      { numRuns: 200 },
    );
  },
);
