import { closeSync } from 'node:fs';
import type { Hasher } from '../../../../protocol/digest-tree.js';
import { mtimeMsOf, versionOf } from '../file-info.js';
import type { HashSlice, Hashed } from '../tasks.js';
import { openFile, splitName } from '../tree.js';
import { readFully, refuseChanged } from './open.js';
import { hashOf } from '../../../workers/digests.js';
import { asText, tree } from './places.js';

/** Read at once, and hashed in one call: small, so that a cancel takes effect soon and other digests get their turn. */
const PIECE = 1_048_576;
const PIECES_PER_SLICE = 4;

interface Job {
  readonly fd: number;
  readonly hasher: Hasher;
  readonly size: number;
  readonly mtimeMs: number;
  readonly version: string;
  done: number;
}

/** Digests under way in this worker, by the numbers that the main thread gave them; it bounds them too. */
const jobs = new Map<number, Job>();
let piece: Buffer | undefined;

/** P-7.9 HASH, a few pieces of it. The digest comes with the last. */
export function hashSlice({ job: number, path, algorithm }: HashSlice): Hashed {
  const job = jobs.get(number) ?? begin(number, path, algorithm);
  try {
    piece ??= Buffer.allocUnsafeSlow(PIECE);
    for (let count = 0; count < PIECES_PER_SLICE && job.done < job.size; count++) {
      const bytes = piece.subarray(0, Math.min(PIECE, job.size - job.done));
      readFully(job.fd, bytes, job.done);
      job.hasher.update(bytes);
      job.done += bytes.length;
    }
    if (job.done < job.size) return { done: job.done };
    refuseChanged(job.fd, job.version);
  } catch (error) {
    dropHash(number);
    throw error;
  }
  const digest = asText(job.hasher.digest());
  dropHash(number);
  return { digest, size: job.size, mtimeMs: job.mtimeMs };
}

/** Ends a digest early. */
export function dropHash(number: number): null {
  const job = jobs.get(number);
  jobs.delete(number);
  if (job !== undefined) closeSync(job.fd);
  return null;
}

function begin(number: number, path: string, algorithm: HashSlice['algorithm']): Job {
  const [parent, name] = splitName(path);
  const { fd, stats } = tree.within(parent, (folder) => openFile(folder, name));
  const job: Job = {
    fd,
    hasher: hashOf(algorithm).begin(),
    size: Number(stats.size),
    mtimeMs: mtimeMsOf(stats),
    version: versionOf(stats),
    done: 0,
  };
  jobs.set(number, job);
  return job;
}
