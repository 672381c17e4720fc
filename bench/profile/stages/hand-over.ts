import { availableParallelism } from 'node:os';
import type { ChunkToWrite, EagerFile } from '../../../lib/storage/disk/tasks.js';
import { Pool, siblingModule } from '../../../lib/workers/pool.js';
import { CHUNK_SIZE, DIGEST_SIZE } from '../../../protocol/limits.js';
import type { IdleTasks } from '../idle-tasks.js';
import type { Rig, Stage } from '../stage.js';

/** As a digest crosses between threads: one character for each byte. */
const digest = '\u00b7'.repeat(DIGEST_SIZE);

const CHUNKS_PER_GIB = 1024 ** 3 / CHUNK_SIZE;

/** A call to a worker that does nothing: what it costs to hand work over and to hear of its end. One call at a time, as for one upload. */
export const handOverStages: readonly Stage[] = [
  chunkStage('1 chunk', 1),
  chunkStage('4 chunks', 4),
  fileStage('1 file', 1),
  fileStage('32 files', 32),
];

function chunkStage(batch: string, perCall: number): Stage {
  return {
    name: `hand-over, ${batch} a call`,
    per: 'GiB',
    calls: CHUNKS_PER_GIB / perCall,
    open: ({ size }) => chunkCalls(size / CHUNK_SIZE, perCall),
  };
}

function fileStage(batch: string, perCall: number): Stage {
  return {
    name: `hand-over, ${batch} a call`,
    per: 'file',
    calls: 1 / perCall,
    open: ({ files, fileSize }) => fileCalls(files, fileSize, perCall),
  };
}

function chunkCalls(count: number, perCall: number): Rig {
  const file = { name: '0123456789abcdef', fd: 25, leavesFd: 26 };
  const chunks = Array.from({ length: perCall }, (_, chunk): ChunkToWrite => {
    return { chunk, content: { slot: chunk, offset: 0, length: CHUNK_SIZE }, leaf: digest };
  });
  return calls(count / perCall, (pool) =>
    pool.run('writeChunks', { file, hasLeaves: true, algorithm: 'blake3', chunks }),
  );
}

function fileCalls(count: number, fileSize: number, perCall: number): Rig {
  const files = Array.from({ length: perCall }, (_, index): EagerFile => {
    return {
      path: `folder-0012/file-0012${index}`,
      mode: 0o644,
      mtimeMs: 1_764_000_000_123.456,
      algorithm: 'blake3',
      content: { slot: 0, offset: index * fileSize, length: fileSize },
      leaf: digest,
      root: digest,
    };
  });
  return calls(count / perCall, (pool) => pool.run('putEager', { files, durable: false }));
}

function calls(count: number, call: (pool: Pool<IdleTasks>) => Promise<unknown>): Rig {
  const pool = new Pool<IdleTasks>({
    entry: siblingModule('../idle-worker', import.meta.url),
    runtime: 'threads',
    workers: availableParallelism(),
    config: null,
  });
  return {
    async run() {
      for (let left = count; left > 0; left--) await call(pool);
    },
    close: () => pool.close(),
  };
}
