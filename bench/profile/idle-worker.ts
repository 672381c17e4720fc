import { serveTasks } from '../../lib/workers/serve.js';
import type { IdleTasks } from './idle-tasks.js';

const stats = { mtimeMs: 1_764_000_000_123.456, version: '3v8q2-400-1ko2l3b4d5e6f7-1ko2l3b4d5e6f8' };

/** Takes and gives what the disk store's worker does, and does nothing. */
export default serveTasks<IdleTasks>(
  {
    writeChunks: ({ chunks }) => chunks.map(() => 'written'),
    putEager: ({ files }) => files.map(() => stats),
  },
  (error) => ({ code: 'internal', message: String(error) }),
);
