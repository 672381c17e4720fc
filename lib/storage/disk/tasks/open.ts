import { closeSync, fstatSync, readSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { ProtocolError } from '../../../../protocol/errors.js';
import { CHUNK_SIZE, DIGEST_SIZE } from '../../../../protocol/limits.js';
import { asFailure } from '../failures.js';
import { infoOf, versionOf } from '../file-info.js';
import { OPEN_TO_WRITE } from '../folder.js';
import type { CheckUnchanged, CloseSource, Opened, OpenFile, ReadChunk, Source } from '../tasks.js';
import { FolderCache, openFile, splitName } from '../tree.js';
import { hashOf } from '../../../workers/digests.js';
import { isSettled, keepLeaves, openKeptLeaves } from './kept-leaves.js';
import { leavesName, readLeafAt } from './leaves-file.js';
import { closeAll, createFile, discard, withPartial, writeFully } from './partial-files.js';
import { asText, leafText, partials, passBack, passed, rootText, slotBytes, tree } from './places.js';
import { leafDigest } from '../../../../protocol/digest-tree.js';

/**
 * Opens files, and reads the small ones into the slot, one behind the other, for as long as they fit. The rest is for later: a file that was
 * only opened would need three more calls.
 * @param slot index; -1 has the content sent back in the answer, and nothing kept open
 */
export function openFiles({ files, slot }: { files: readonly OpenFile[]; slot: number }): Opened[] {
  const folders = new FolderCache(tree);
  let used = 0;
  let full = false;
  try {
    return files.map((file) => {
      if (full) return 'later';
      try {
        const opened = open(file, folders, slot, used);
        if (opened === 'later') full = true;
        else if ('root' in opened) used += opened.length;
        return opened;
      } catch (error) {
        return { failure: asFailure(error) };
      }
    });
  } finally {
    folders.close();
  }
}

function open(
  { path, algorithm, ifMatch, eagerLimit }: OpenFile,
  folders: FolderCache,
  slot: number,
  used: number,
): Opened {
  const [parent, name] = splitName(path);
  const { fd, stats } = openFile(folders.get(parent), name);
  let keep = false;
  try {
    const info = infoOf(stats);
    if (ifMatch !== undefined && ifMatch !== info.version) {
      throw new ProtocolError('precondition-failed', 'the file there has another version');
    }
    const isEager = eagerLimit > 0 && info.size <= Math.min(eagerLimit, CHUNK_SIZE);
    if (isEager && info.size > CHUNK_SIZE - used) return 'later';
    if (!isEager) {
      keep = slot !== -1;
      // Processes have no descriptor in common: they compute the leaves each time.
      return keep ? { info, fd, keptFd: openKeptLeaves(algorithm, stats) } : { info, fd: undefined, keptFd: undefined };
    }
    const bytes = slot === -1 ? Buffer.allocUnsafeSlow(info.size) : slotBytes(slot, used, info.size);
    readFully(fd, bytes, 0);
    refuseChanged(fd, info.version);
    const leaf = info.size === 0 ? undefined : leafDigest(hashOf(algorithm), bytes);
    return {
      info,
      offset: used,
      length: info.size,
      leaf: leaf === undefined ? '' : asText(leaf),
      root: rootText(algorithm, info.size, leaf ?? new Uint8Array(0)),
      bytes: slot === -1 ? bytes : undefined,
    };
  } finally {
    if (!keep) closeSync(fd);
  }
}

/** Reads one chunk into the start of a slot, or into the answer. */
export function readChunk({ source, position, length, slot, place, algorithm, gathering }: ReadChunk): {
  leaf: string;
  bytes: Uint8Array | undefined;
} {
  return withSource(source, (fd) => {
    const bytes = placeFor(slot, place, length);
    readFully(fd, bytes, position);
    if (place !== undefined) passBack(place, bytes);
    const chunk = position / CHUNK_SIZE;
    const leaf = source.keptFd === undefined ? leafText(algorithm, bytes) : readLeafAt(source.keptFd, chunk);
    if (gathering !== undefined) gather(leavesName(gathering), chunk, leaf);
    return { leaf, bytes: slot === -1 && place === undefined ? bytes : undefined };
  });
}

/** What goes back in an answer must be memory of its own: the next task may run before the answer has left. */
function placeFor(slot: number, place: number | undefined, length: number): Buffer {
  if (slot !== -1) return slotBytes(slot, 0, length);
  return place === undefined ? Buffer.allocUnsafeSlow(length) : passed(length);
}

/** A disk that refuses leaves nothing behind that could be kept, and the download goes on. */
function gather(name: string, chunk: number, leaf: string): void {
  try {
    if (chunk === 0) closeAll(createFile(name, 0o600));
    withPartial(name, OPEN_TO_WRITE, (fd) => writeFully(fd, Buffer.from(leaf, 'latin1'), chunk * DIGEST_SIZE));
  } catch {
    discard(partials.entry(name));
  }
}

export function checkUnchanged({ source, gathered }: CheckUnchanged): null {
  withSource(source, (fd) => {
    const stats = refuseChanged(fd, source.version);
    // A file that changed just now may have changed again since, within one step of the clock or through mapped memory.
    if (gathered !== undefined && isSettled(stats)) keepLeaves(gathered.name, gathered.algorithm, stats);
  });
  return null;
}

export function closeSource({ source, gathering }: CloseSource): null {
  closeAll(source.fd, source.keptFd);
  if (gathering !== undefined) discard(partials.entry(leavesName(gathering)));
  return null;
}

/** @throws {ProtocolError} `source-changed` when the file ends before `bytes` are full */
export function readFully(fd: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length;) {
    const length = readSync(fd, bytes, done, bytes.length - done, position + done);
    if (length === 0) throw sourceChanged();
    done += length;
  }
}

export function refuseChanged(fd: number, version: string): BigIntStats {
  const stats = fstatSync(fd, { bigint: true });
  if (versionOf(stats) !== version) throw sourceChanged();
  return stats;
}

const sourceChanged = (): ProtocolError => new ProtocolError('source-changed', 'the file changed while it was read');

function withSource<R>({ path, version, fd }: Source, work: (fd: number) => R): R {
  if (fd !== undefined) return work(fd);
  const [parent, name] = splitName(path);
  const opened = reopen(parent, name);
  try {
    refuseChanged(opened, version);
    return work(opened);
  } finally {
    closeSync(opened);
  }
}

/** A file that has gone, or has become something else, since it was opened has changed. */
function reopen(parent: string, name: string): number {
  try {
    return tree.within(parent, (folder) => openFile(folder, name).fd);
  } catch (error) {
    throw new ProtocolError('source-changed', 'the file is not there any more', { cause: error });
  }
}
