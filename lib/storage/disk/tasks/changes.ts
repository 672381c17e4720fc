import { mkdirSync, renameSync, rmdirSync, unlinkSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { ProtocolError } from '../../../../protocol/errors.js';
import { errnoOf } from '../failures.js';
import { notAFile, notFound, symlink } from '../folder.js';
import { splitName } from '../tree.js';
import { forgetLeaves, keepLeavesOfRenamed } from './kept-leaves.js';
import { tree } from './places.js';
import { checkReplaceable, moveIfAbsent } from './publish.js';

/** P-7.9 REMOVE: a file, a symbolic link itself, or an empty folder. */
export function remove({ path, durable }: { path: string; durable: boolean }): null {
  const [parent, name] = splitName(path);
  tree.within(parent, (folder) => {
    const stats = tree.look(folder, name);
    if (stats === undefined) throw notFound();
    if (stats.isDirectory()) rmdirSync(folder.entry(name));
    else if (stats.isFile() || stats.isSymbolicLink()) unlinkSync(folder.entry(name));
    else throw notAFile();
    forgetLeaves(stats);
    if (durable) folder.sync();
  });
  return null;
}

/** P-7.9 MKDIR. */
export function makeFolder({ path, durable }: { path: string; durable: boolean }): null {
  const [parent, name] = splitName(path);
  tree.within(
    parent,
    (folder) => {
      mkdirSync(folder.entry(name));
      if (durable) folder.sync();
    },
    durable ? 'durably' : 'yes',
  );
  return null;
}

export interface Renaming {
  readonly from: string;
  readonly to: string;
  readonly ifAbsent: boolean;
  readonly durable: boolean;
}

/** P-7.9 RENAME. A file may replace a file; a folder replaces nothing. */
export function rename({ from, to, ifAbsent, durable }: Renaming): null {
  if (to.startsWith(`${from}/`)) throw intoItself();
  const [fromParent, fromName] = splitName(from);
  const [toParent, toName] = splitName(to);
  tree.within(fromParent, (source) => {
    const moving = tree.look(source, fromName);
    if (moving === undefined) throw notFound();
    if (moving.isSymbolicLink()) throw symlink();
    if (!moving.isFile() && !moving.isDirectory()) throw notAFile();
    if (from === to) {
      if (ifAbsent) throw exists();
      return;
    }
    tree.within(
      toParent,
      (target) => {
        const standing = tree.look(target, toName);
        checkRenameable(moving, standing, ifAbsent);
        move(source.entry(fromName), target.entry(toName), ifAbsent && moving.isFile());
        forgetLeaves(standing);
        keepLeavesOfRenamed(moving, target.entry(toName));
        if (durable) {
          target.sync();
          source.sync();
        }
      },
      durable ? 'durably' : 'yes',
    );
  });
  return null;
}

function checkRenameable(moving: BigIntStats, standing: BigIntStats | undefined, ifAbsent: boolean): void {
  checkReplaceable(standing, { ifAbsent });
  // The system would put a folder in an empty folder's place, but never in a file's.
  if (standing !== undefined && moving.isDirectory()) throw exists();
}

function move(from: string, to: string, ifAbsent: boolean): void {
  try {
    if (ifAbsent) moveIfAbsent(from, to);
    else renameSync(from, to);
  } catch (error) {
    // The names alone don't tell everything where a folder is mounted in several places.
    throw errnoOf(error) === 'EINVAL' ? intoItself() : error;
  }
}

const exists = (): ProtocolError => new ProtocolError('exists', 'something has that name already');
const intoItself = (): ProtocolError => new ProtocolError('bad-path', 'a folder cannot be moved into itself');
