import { randomBytes } from 'node:crypto';
import { closeSync, fstatSync, fsyncSync } from 'node:fs';
import { asFailure } from '../failures.js';
import { setModificationTime } from '../file-info.js';
import type { EagerFile, EagerOutcome, PublishedStats } from '../tasks.js';
import { FolderCache, splitName } from '../tree.js';
import { contentBytes, leafText, partials, rootText, tree } from './places.js';
import { createFile, unlinkIfThere, writeFully } from './partial-files.js';
import { openTarget, publishedStats, publishPartial } from './publish.js';
import { finishMode, syncFolders, wrongRoot } from './upload.js';

/** Verifies, writes and publishes many small files in one call. One that fails leaves the others alone. */
export function putEager({ files, durable }: { files: readonly EagerFile[]; durable: boolean }): EagerOutcome[] {
  const folders = new FolderCache(tree);
  // One random name for the batch and a number for each file: as hard to guess, and cheaper.
  const random = randomBytes(16).toString('hex');
  try {
    if (durable) return putDurably(files, random, folders);
    return files.map((file, index) => {
      try {
        return putWritten(file, `${random}-${index}`, folders);
      } catch (error) {
        return outcomeOf(error);
      }
    });
  } finally {
    folders.close();
  }
}

function putWritten(file: EagerFile, partial: string, folders: FolderCache): PublishedStats {
  const fd = writePartial(file, partial);
  try {
    publish(file, partial, folders, false);
    return publishedStats(fstatSync(fd, { bigint: true }));
  } catch (error) {
    unlinkIfThere(partials.entry(partial));
    throw error;
  } finally {
    closeSync(fd);
  }
}

/** Takes each step for all files before the next, so that they share the disk's syncs. */
function putDurably(files: readonly EagerFile[], random: string, folders: FolderCache): EagerOutcome[] {
  const outcomes = new Array<EagerOutcome>(files.length);
  let going = files.map((file, index) => ({ file, index, partial: `${random}-${index}`, fd: -1 }));
  const open: number[] = [];
  const each = (step: (item: (typeof going)[number]) => void): void => {
    going = going.filter((item) => {
      try {
        step(item);
        return true;
      } catch (error) {
        outcomes[item.index] = outcomeOf(error);
        unlinkIfThere(partials.entry(item.partial));
        return false;
      }
    });
  };
  try {
    each((item) => open.push((item.fd = writePartial(item.file, item.partial))));
    each(({ fd }) => fsyncSync(fd));
    each(({ file, partial }) => publish(file, partial, folders, true));
    try {
      syncFolders(folders.folders());
    } catch (error) {
      // The files have their names, but not for certain: none may be called durable.
      const failure = asFailure(error);
      each(({ index }) => (outcomes[index] = { failure }));
      return outcomes;
    }
    each(({ index, fd }) => (outcomes[index] = publishedStats(fstatSync(fd, { bigint: true }))));
    return outcomes;
  } finally {
    for (const fd of open) closeSync(fd);
  }
}

class Corrupt extends Error {}

const outcomeOf = (error: unknown): EagerOutcome =>
  error instanceof Corrupt ? 'corrupt' : { failure: asFailure(error) };

/** A partial that needs nothing any more but its name. On failure there is none. */
function writePartial(file: EagerFile, partial: string): number {
  const bytes = file.content === null ? new Uint8Array(0) : contentBytes(file.content);
  if (file.content !== null && leafText(file.algorithm, bytes) !== file.leaf) throw new Corrupt();
  if (rootText(file.algorithm, bytes.length, Buffer.from(file.leaf, 'latin1')) !== file.root) throw wrongRoot();
  const fd = createFile(partial, file.mode);
  try {
    writeFully(fd, bytes, 0);
    if (file.mtimeMs !== undefined) setModificationTime(fd, file.mtimeMs);
    finishMode(fd, file.mode);
    return fd;
  } catch (error) {
    closeSync(fd);
    unlinkIfThere(partials.entry(partial));
    throw error;
  }
}

function publish(file: EagerFile, partial: string, folders: FolderCache, durable: boolean): void {
  const [parent, name] = splitName(file.path);
  const folder = openTarget({ ifMatch: file.ifMatch, durable }, (making) => folders.get(parent, making));
  publishPartial(partial, folder, name, file);
}
