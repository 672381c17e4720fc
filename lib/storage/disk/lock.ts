import { closeSync, constants, openSync, readdirSync, readFileSync, unlinkSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import process from 'node:process';
import { SluiceError } from '../../../protocol/errors.js';
import { errnoOf } from './failures.js';
import type { Folder } from './folder.js';

const NAME = /^lock\.(\d+)\.(\d+|-)\.([0-9a-f-]+)\.[0-9a-f]+$/;

/**
 * Keeps a second server out of a served folder, for as long as this process lives.
 *
 * Each server puts down a file of its own, whose name says who it is, and only then looks for others': of two that
 * start at one time at least one sees the other. A file whose process is gone, or was there before the machine
 * started anew, is swept away; as no name is ever used twice, nobody sweeps away what he didn't look at. So there is
 * no moment at which a lock left behind by a crash can be taken by two. (Two that start in the same instant may both
 * be refused.) Servers in different containers or on different machines don't see each other's processes: they must not share a folder.
 *
 * @param folder the private folder
 * @param shown the served folder, for the error's message
 * @returns gives the lock back
 * @throws {SluiceError} `folder-in-use`
 */
export function lockFolder(folder: Folder, shown: string): () => void {
  const own = `lock.${process.pid}.${processStat(process.pid)?.start ?? '-'}.${bootId()}.${randomBytes(16).toString('hex')}`;
  closeSync(openSync(folder.entry(own), constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600));
  const release = (): void => removeIfThere(folder.entry(own));
  try {
    for (const name of readdirSync(folder.path)) {
      const match = NAME.exec(name);
      if (match === null || name === own) continue;
      const [, pid, start, boot] = match;
      if (isAlive(Number(pid), start!, boot!)) {
        throw new SluiceError('folder-in-use', `${shown} is served already, by process ${pid}: stop that server first`);
      }
      removeIfThere(folder.entry(name));
    }
  } catch (error) {
    release();
    throw error;
  }
  return release;
}

/** Whether the very process that put a lock down still runs. Process numbers are used again; start times tell them apart. */
function isAlive(pid: number, start: string, boot: string): boolean {
  if (boot !== bootId()) return false;
  const stat = processStat(pid);
  // A process that was killed and not yet waited for by its parent holds nothing any more.
  if (stat !== undefined) return stat.state !== 'Z' && stat.state !== 'X' && (start === '-' || stat.start === start);
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errnoOf(error) === 'EPERM';
  }
}

/** Fields 3 and 22 of /proc/PID/stat; undefined without such a process or without /proc. */
function processStat(pid: number): { state: string; start: string } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // Field 2 is the program's name in brackets, and may hold spaces and brackets itself.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0]!, start: fields[19]! };
  } catch {
    return undefined;
  }
}

/** Different after every start of the machine; `0` where that can't be told. */
function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  } catch {
    return '0';
  }
}

function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}
