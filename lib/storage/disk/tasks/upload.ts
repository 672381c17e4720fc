import { fdatasyncSync, fchmodSync, fstatSync, fsyncSync } from 'node:fs';
import { ProtocolError } from '../../../../protocol/errors.js';
import { DIGEST_SIZE, CHUNK_SIZE } from '../../../../protocol/limits.js';
import { asFailure } from '../failures.js';
import { setModificationTime } from '../file-info.js';
import { OPEN_TO_READ, OPEN_TO_WRITE, type Folder } from '../folder.js';
import { isKept } from '../kept.js';
import type {
  ChunkOutcome,
  ChunkToWrite,
  CreatePartial,
  FinishUpload,
  PartialFile,
  PublishedStats,
  WriteChunks,
} from '../tasks.js';
import { splitName } from '../tree.js';
import { hasSameContent, keepLeaves } from './kept-leaves.js';
import { leavesName, readLeafAt, rootOfLeaves } from './leaves-file.js';
import { closeAll, createFile, unlinkIfThere, withFile, writeFully } from './partial-files.js';
import { contentBytes, leafText, partials, rootText, tree } from './places.js';
import { openTarget, publishedStats, publishPartial } from './publish.js';

/** Makes the partial file of an upload, and where there are several chunks the file of their leaves. */
export function createPartial({ name, mode, leaves, keepOpen }: CreatePartial): PartialFile {
  let fd: number | undefined;
  let leavesFd: number | undefined;
  try {
    fd = createFile(name, mode);
    if (leaves) leavesFd = createFile(leavesName(name), 0o600);
    return keepOpen ? { name, fd, leavesFd } : { name, fd: undefined, leavesFd: undefined };
  } catch (error) {
    dropPartial({ name, fd, leavesFd });
    fd = leavesFd = undefined;
    throw error;
  } finally {
    if (!keepOpen) closeAll(fd, leavesFd);
  }
}

/** A chunk that fails leaves the others alone. */
export function writeChunks({ chunks, ...upload }: WriteChunks): ChunkOutcome[] {
  return chunks.map((chunk) => {
    try {
      return writeChunk(upload, chunk);
    } catch (error) {
      return { failure: asFailure(error) };
    }
  });
}

/** Verifies a chunk where it lies, and only then writes it (R6). */
function writeChunk(
  { file, hasLeaves, algorithm }: Omit<WriteChunks, 'chunks'>,
  { chunk, content, leaf: named }: ChunkToWrite,
): string | null {
  const bytes = contentBytes(content);
  const leaf = leafText(algorithm, bytes);
  if (named !== null && leaf !== named) return null;
  withFile(file.fd, file.name, OPEN_TO_WRITE, (fd) => writeFully(fd, bytes, chunk * CHUNK_SIZE));
  if (hasLeaves) {
    withFile(file.leavesFd, leavesName(file.name), OPEN_TO_WRITE, (fd) =>
      writeFully(fd, Buffer.from(leaf, 'latin1'), chunk * DIGEST_SIZE),
    );
  }
  return leaf;
}

export function readLeaf({ file, chunk }: { readonly file: PartialFile; readonly chunk: number }): string {
  return withFile(file.leavesFd, leavesName(file.name), OPEN_TO_READ, (fd) => readLeafAt(fd, chunk));
}

export function syncPartial({ name, fd }: PartialFile): null {
  withFile(fd, name, OPEN_TO_WRITE, fdatasyncSync);
  return null;
}

/** P-7.5: root, then times and mode, then the name; all synced in this order when it is to be durable (R7). */
export function finishUpload(upload: FinishUpload): PublishedStats & { readonly root: string } {
  const { file, size, algorithm, publishing } = upload;
  try {
    return withFile(file.fd, file.name, OPEN_TO_WRITE, (fd) => {
      const root = rootOf(upload);
      if (upload.root !== null && root !== upload.root) throw wrongRoot();
      if (fstatSync(fd).size !== size) throw new ProtocolError('io-error', 'the partial file lost bytes on the disk');
      setModificationTime(fd, publishing.mtimeMs ?? Date.now());
      finishMode(fd, publishing.mode);
      if (publishing.durable) fsyncSync(fd);
      const before = fstatSync(fd, { bigint: true });
      const [parent, name] = splitName(publishing.path);
      const folder = openTarget(publishing, (making) => tree.open(parent, making));
      try {
        publishPartial(file.name, folder, name, publishing);
        if (publishing.durable) syncFolders([folder]);
      } finally {
        tree.close(folder);
      }
      const stats = fstatSync(fd, { bigint: true });
      // Whoever waits for the name may have changed the file by now.
      if (upload.leaves === undefined && isKept(size) && hasSameContent(before, stats)) {
        keepLeaves(file.name, algorithm, stats);
      }
      return { ...publishedStats(stats), root };
    });
  } finally {
    dropPartial(file);
  }
}

/** After renames out of the partial folder into `folders`. */
export function syncFolders(folders: Iterable<Folder>): void {
  for (const folder of folders) folder.sync();
  partials.sync();
}

/** Takes back the access that the server needed itself, see createFile. */
export function finishMode(fd: number, mode: number): void {
  const borrowed = 0o600 & ~mode;
  if (borrowed !== 0) fchmodSync(fd, fstatSync(fd).mode & 0o777 & ~borrowed);
}

export const wrongRoot = (): ProtocolError =>
  new ProtocolError('digest-mismatch', 'the file that arrived has another root digest than the one named');

/** Closes and removes what there is of an upload. */
export function dropPartial({ name, fd, leavesFd }: PartialFile): null {
  closeAll(fd, leavesFd);
  unlinkIfThere(partials.entry(name));
  unlinkIfThere(partials.entry(leavesName(name)));
  return null;
}

function rootOf({ file, leaves, algorithm, size }: FinishUpload): string {
  if (leaves !== undefined) return rootText(algorithm, size, Buffer.from(leaves, 'latin1'));
  return withFile(file.leavesFd, leavesName(file.name), OPEN_TO_READ, (fd) => rootOfLeaves(fd, algorithm, size));
}
