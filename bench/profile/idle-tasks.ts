import type { DiskTasks } from '../../lib/storage/disk/tasks.js';

/** Calls of the disk store, by their names there, that are answered without any work. */
export type IdleTasks = Pick<DiskTasks, 'writeChunks' | 'putEager'>;
