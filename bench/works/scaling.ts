import { writeRandomFile, writeRandomTree } from '../files.js';
import type { Direction, Job } from '../job.js';
import type { Race } from '../result.js';
import type { Sample } from '../rounds.js';
import { sluiceSide } from '../sides/sluice.js';
import type { Workspace } from '../workspace.js';
import { DIRECTIONS, type Entry, type Field, GIB, MIB, scaled } from './entry.js';

const CONNECTIONS = 50;

/** What the server spends on a GiB, moved over fifty connections or over one. */
export function connectionEntries({ scale }: Field): Entry[] {
  const part = scaled(20 * MIB, scale, MIB);
  const bytes = CONNECTIONS * part;
  return DIRECTIONS.map((direction) => {
    const file = (name: string, copies: number) => (workspace: Workspace) =>
      side(`${copies} connection${copies === 1 ? '' : 's'}`, workspace, {
        direction,
        shape: 'file',
        source: workspace.path(name),
        copies,
      });
    return entry('connections', direction, {
      work: {
        bench: 'connections',
        title: `${direction} ${bytes / MIB} MiB: what it costs the server`,
        unit: 'CPU s/GiB',
        amount: bytes / GIB,
        bytes,
      },
      figure: (sample) => serverCpu(sample) / (bytes / GIB),
      room: 2 * bytes + part,
      prepare(workspace) {
        writeRandomFile(workspace.path('whole'), bytes);
        writeRandomFile(workspace.path('part'), part);
      },
      sides: { '1 connection': file('whole', 1), '50 connections': file('part', CONNECTIONS) },
    });
  });
}

/** What the server spends on a file that has a hundred times as many neighbours. */
export function folderEntries({ scale }: Field): Entry[] {
  const files = scaled(100_000, scale);
  const perFolder = scaled(1000, scale);
  const names = [`${perFolder} in a folder`, `${files} in a folder`] as const;
  return DIRECTIONS.map((direction) => {
    const tree = (name: string, source: string) => (workspace: Workspace) =>
      side(name, workspace, { direction, shape: 'tree', source: workspace.path(source), copies: 1 }, names[0]);
    return entry('folder', direction, {
      work: {
        bench: 'folder',
        title: `${direction} ${files} files of 4 KiB: what one costs the server`,
        unit: 'CPU µs/file',
        amount: files,
        counted: 'file',
        bytes: files * 4096,
      },
      figure: (sample) => (serverCpu(sample) * 1e6) / files,
      room: 3 * files * 4096,
      prepare(workspace) {
        writeRandomTree(workspace.path('spread'), files, 4096, perFolder);
        writeRandomTree(workspace.path('flat'), files, 4096, files);
      },
      sides: { [names[0]]: tree(names[0], 'spread'), [names[1]]: tree(names[1], 'flat') },
    });
  });
}

function side(name: string, workspace: Workspace, job: Job, rival = '1 connection') {
  return sluiceSide({ name, client: 'library', rivals: name === rival ? [] : [rival] }, workspace, job);
}

function entry(work: string, direction: Direction, race: Race): Entry {
  return { work, direction, place: 'memory', race };
}

function serverCpu({ serverCpu: seconds }: Sample): number {
  if (seconds === undefined) throw new Error('this system does not tell what a process used');
  return seconds;
}
