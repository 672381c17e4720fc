import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { Worker as Thread } from 'node:worker_threads';

/** Has one connection at a time, from its first byte to its end. */
export interface Worker {
  serve(socket: Socket, onEnd: () => void): void;
}

/** Of V8, in MiB: the old programs knew no bound, so the one that a scenario is stopped at is to be the first that they meet. */
export const UNBOUNDED_HEAP = 16_384;

const ENTRY = new URL('./worker.js', import.meta.url);

/** What a socket has underneath. No public API: a file descriptor can't be given to a thread in any other way. */
export interface Handle {
  readonly fd: number;
  setBlocking(blocking: boolean): number;
  close(): void;
}

const handleOf = (socket: Socket): Handle => (socket as unknown as { readonly _handle: Handle })._handle;

export async function startThread(dir: string): Promise<Worker> {
  const thread = new Thread(ENTRY, { argv: [dir], resourceLimits: { maxOldGenerationSizeMb: UNBOUNDED_HEAP } });
  await once(thread, 'message');
  return {
    serve(socket, onEnd) {
      const handle = handleOf(socket);
      handle.setBlocking(true);
      thread.once('message', () => {
        socket.destroy();
        onEnd();
      });
      thread.postMessage(handle.fd);
    },
  };
}

const processes = new Set<ReturnType<typeof fork>>();
// A worker that waits for bytes doesn't see that nobody waits for it any more.
process.once('exit', () => processes.forEach((child) => child.kill('SIGKILL')));

export async function startProcess(dir: string): Promise<Worker> {
  const child = fork(fileURLToPath(ENTRY), [dir], { execArgv: [`--max-old-space-size=${UNBOUNDED_HEAP}`] });
  if (processes.size === 0) process.once('SIGTERM', () => process.exit(143));
  processes.add(child);
  await once(child, 'message');
  return {
    serve(socket, onEnd) {
      child.once('message', onEnd);
      // The bare handle: a Socket would begin to read as soon as it arrives.
      child.send('serve', handleOf(socket) as unknown as Socket, () => socket.destroy());
    },
  };
}
