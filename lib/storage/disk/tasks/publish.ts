import { linkSync, renameSync, unlinkSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { ProtocolError } from '../../../../protocol/errors.js';
import { errnoOf } from '../failures.js';
import { mtimeMsOf, versionOf } from '../file-info.js';
import { notAFile, symlink, type Folder } from '../folder.js';
import type { Conditions, PublishedStats, Publishing } from '../tasks.js';
import { splitName, type Making } from '../tree.js';
import { forgetLeaves } from './kept-leaves.js';
import { partials, tree } from './places.js';

/**
 * P-7.6: holds what stands under a name to what a new file may replace.
 * @throws {ProtocolError} `exists`, `symlink`, `not-a-file`, `precondition-failed`
 */
export function checkReplaceable(standing: BigIntStats | undefined, { ifAbsent, ifMatch }: Conditions): void {
  if (standing !== undefined) {
    if (ifAbsent === true) throw new ProtocolError('exists', 'something has that name already');
    if (standing.isSymbolicLink()) throw symlink();
    if (!standing.isFile()) throw notAFile();
  }
  if (ifMatch !== undefined && (standing === undefined || versionOf(standing) !== ifMatch)) {
    throw new ProtocolError(
      'precondition-failed',
      standing ? 'the file there has another version' : 'nothing has that name',
    );
  }
}

/** The same before an upload begins. Folders that are missing are no obstacle: they are made on publishing. */
export function checkTarget({ path, ...conditions }: Conditions & { readonly path: string }): null {
  const [parent, name] = splitName(path);
  let standing: BigIntStats | undefined;
  try {
    standing = tree.within(parent, (folder) => tree.look(folder, name));
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
  checkReplaceable(standing, conditions);
  return null;
}

/** Opens the folder to publish in. With `ifMatch` there is a file already, so no folder is made. */
export function openTarget(
  { ifMatch, durable }: Pick<Publishing, 'ifMatch' | 'durable'>,
  open: (making: Making) => Folder,
): Folder {
  if (ifMatch === undefined) return open(durable ? 'durably' : 'yes');
  try {
    return open('no');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') checkReplaceable(undefined, { ifMatch });
    throw error;
  }
}

/** Gives a partial its name, in one step. Only callers that hold the name in the path queue may. */
export function publishPartial(partial: string, folder: Folder, name: string, conditions: Conditions): void {
  const standing = tree.look(folder, name);
  checkReplaceable(standing, conditions);
  if (conditions.ifAbsent === true) moveIfAbsent(partials.entry(partial), folder.entry(name));
  else renameSync(partials.entry(partial), folder.entry(name));
  forgetLeaves(standing);
}

/** Renames a file, but never over another one, not even one that another program makes at this very moment. */
export function moveIfAbsent(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    // Some file systems have no hard links. There, what other programs do in between is not seen.
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(errnoOf(error) ?? '')) throw error;
    renameSync(from, to);
    return;
  }
  unlinkSync(from);
}

/** @param stats asked after publishing, which changes the change time and with it the version */
export function publishedStats(stats: BigIntStats): PublishedStats {
  return { mtimeMs: mtimeMsOf(stats), version: versionOf(stats) };
}
