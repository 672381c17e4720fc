import { serveTasks } from '../../workers/serve.js';
import { asFailure } from './failures.js';
import type { DiskTasks } from './tasks.js';
import { makeFolder, remove, rename } from './tasks/changes.js';
import { putEager } from './tasks/eager.js';
import { dropHash, hashSlice } from './tasks/hash.js';
import { listNames, stat, statEntries } from './tasks/names.js';
import { checkUnchanged, closeSource, openFiles, readChunk } from './tasks/open.js';
import { checkTarget } from './tasks/publish.js';
import { parkChunk, unparkChunk } from './tasks/parked.js';
import { createPartial, dropPartial, finishUpload, readLeaf, syncPartial, writeChunks } from './tasks/upload.js';

/** What every worker of the disk store runs, in all its lanes (R15). */
export default serveTasks<DiskTasks>(
  {
    ping: () => null,
    checkTarget,
    createPartial,
    writeChunks,
    parkChunk,
    unparkChunk,
    readLeaf,
    syncPartial,
    finishUpload,
    dropPartial,
    putEager,
    openFiles,
    readChunk,
    checkUnchanged,
    closeSource,
    listNames,
    statEntries,
    stat,
    remove,
    rename,
    makeFolder,
    hashSlice,
    dropHash,
  },
  asFailure,
);
