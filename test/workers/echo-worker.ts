import process from 'node:process';
import { serveTasks, workerSetup } from '../../lib/workers/serve.js';
import type { EchoTasks } from './echo-tasks.js';

const { config, slab } = workerSetup();
const done: number[] = [];

export default serveTasks<EchoTasks>(
  {
    echo: (input) => input,
    setup: () => ({ config, slabBytes: slab?.byteLength ?? 0 }),
    heap: () => process.memoryUsage().heapUsed,
    fill: ({ value }) => {
      if (slab !== undefined) new Uint8Array(slab).fill(value);
      return null;
    },
    fail: ({ code }) => {
      throw Object.assign(new Error('as asked'), { code });
    },
    wait: ({ gate, index }) => {
      if (gate !== undefined) Atomics.wait(new Int32Array(gate), 0, 0);
      done.push(index);
      return [...done];
    },
    die: () => {
      process.kill(process.pid, 'SIGKILL');
      return null;
    },
  },
  (error) => {
    const { code, message } = error as Error & { code: string };
    return { code, message };
  },
);
