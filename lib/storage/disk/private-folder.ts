import { chmodSync, lstatSync, readdirSync, rmSync } from 'node:fs';
import process from 'node:process';
import { SluiceError } from '../../../protocol/errors.js';
import { RESERVED_NAME } from '../../../protocol/names.js';
import { asProtocolError } from './failures.js';
import type { Folder } from './folder.js';

/**
 * Opens a folder that belongs to the server alone, `.sluice` or one in it, and makes it if it isn't there.
 * @throws {SluiceError} `bad-private-folder` when it is a symbolic link, another user's, or anything but a folder: whoever put it
 * there could read or change what is uploaded
 */
export function openPrivateFolder(parent: Folder, name = RESERVED_NAME): Folder {
  let folder: Folder;
  try {
    folder = parent.openOrMake(name, false);
  } catch (error) {
    throw new SluiceError('bad-private-folder', `${name} can't be used: ${asProtocolError(error).message}`, {
      cause: error,
    });
  }
  const { uid, mode } = folder.stats();
  const user = process.geteuid?.();
  if (user !== undefined && Number(uid) !== user) {
    folder.close();
    throw new SluiceError(
      'bad-private-folder',
      `${name} belongs to another user (${uid}): remove it or run as that user`,
    );
  }
  if (user !== undefined && (mode & 0o777n) !== 0o700n) chmodSync(folder.path, 0o700);
  return folder;
}

/** Removes what uploads left behind when the server before this one was killed. */
export function clearPartials(folder: Folder): void {
  for (const path of entriesOf(folder)) rmSync(path, { recursive: true, force: true });
}

/** Milliseconds. */
const LEAVES_EXPIRE = 30 * 24 * 3_600_000;

/** Removes leaves that were of no use for long: other programs remove files without a word. */
export function clearLeaves(folder: Folder): void {
  for (const path of entriesOf(folder)) {
    const { mtimeMs } = lstatSync(path);
    if (Date.now() - mtimeMs > LEAVES_EXPIRE) rmSync(path, { recursive: true, force: true });
  }
}

/** As bytes: a name may be no text. */
function entriesOf(folder: Folder): Buffer[] {
  const names = readdirSync(folder.path, { encoding: 'buffer' });
  return names.map((name) => Buffer.concat([Buffer.from(folder.path), name]));
}
