import * as fs from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CHUNK_SIZE } from '../../../protocol/limits.js';
import { eachChunk, type Lab, type Rig, type Stage } from '../stage.js';

const read = promisify(fs.read);
const write = promisify(fs.write);

/** Calls that are with the pool of threads at a time. */
const AT_ONCE = 2;

export const fileStages: readonly Stage[] = [
  {
    name: 'read',
    per: 'GiB',
    open: (lab) =>
      onFile(lab.source, 'r', (fd) => eachChunk(lab, (at) => fs.readSync(fd, lab.slots.next(), { position: at }))),
  },
  {
    name: 'read, asynchronous',
    per: 'GiB',
    open: (lab) => onFile(lab.source, 'r', (fd) => atOnce(lab, (at) => read(fd, lab.slots.next(), 0, CHUNK_SIZE, at))),
  },
  {
    name: 'write',
    per: 'GiB',
    open: (lab) =>
      onNewFile(lab, (fd) => eachChunk(lab, (at) => fs.writeSync(fd, lab.slots.next(), 0, CHUNK_SIZE, at))),
  },
  {
    name: 'write, asynchronous',
    per: 'GiB',
    open: (lab) => onNewFile(lab, (fd) => atOnce(lab, (at) => write(fd, lab.slots.next(), 0, CHUNK_SIZE, at))),
  },
  { name: 'open, stat, read, close', per: 'file', open: (lab) => readSmall(lab, byPath) },
  { name: 'open, stat, read, close in open folders', per: 'file', open: (lab) => readSmall(lab, inOpenFolder) },
  { name: 'create, write, times, rename, close', per: 'file', open: (lab) => writeSmall(lab, byPath) },
  {
    name: 'create, write, times, rename, close in open folders',
    per: 'file',
    open: (lab) => writeSmall(lab, inOpenFolder),
  },
];

function onFile(path: string, flags: string, work: (fd: number) => void | Promise<void>): Rig {
  return {
    async run() {
      const fd = fs.openSync(path, flags);
      try {
        await work(fd);
      } finally {
        fs.closeSync(fd);
      }
    },
  };
}

function onNewFile({ workspace }: Lab, work: (fd: number) => void | Promise<void>): Rig {
  const path = workspace.path('written');
  return { ...onFile(path, 'w', work), clear: () => fs.rmSync(path) };
}

async function atOnce({ size }: Lab, work: (position: number) => Promise<unknown>): Promise<void> {
  let position = 0;
  const lane = async (): Promise<void> => {
    while (position < size) {
      const at = position;
      position += CHUNK_SIZE;
      await work(at);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

/** How a folder's files are named while something is done to some of them. */
type Naming = (folder: string, work: (prefix: string) => void) => void;

const byPath: Naming = (folder, work) => work(folder);

/** As the server names them, so that no link is followed on the way there (see the store's Folder). */
const inOpenFolder: Naming = (folder, work) => {
  const fd = fs.openSync(folder, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY | fs.constants.O_NOFOLLOW);
  work(`/proc/self/fd/${fd}`);
  fs.closeSync(fd);
};

/** A file that changes meanwhile is found out. */
function readSmall({ tree, slots }: Lab, within: Naming): Rig {
  const folders = fs.readdirSync(tree).map((name) => join(tree, name));
  const contents = folders.map((folder) => ({ folder, names: fs.readdirSync(folder) }));
  return {
    run() {
      for (const { folder, names } of contents) {
        within(folder, (prefix) => {
          for (const name of names) readOne(`${prefix}/${name}`, slots.next());
        });
      }
    },
  };
}

function readOne(path: string, place: Uint8Array): void {
  const fd = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK | fs.constants.O_NOFOLLOW);
  const { size } = fs.fstatSync(fd, { bigint: true });
  fs.readSync(fd, place, 0, Number(size), 0);
  fs.fstatSync(fd, { bigint: true });
  fs.closeSync(fd);
}

const FILES_PER_FOLDER = 100;

function writeSmall({ workspace, files, fileSize, slots }: Lab, within: Naming): Rig {
  const root = workspace.path('published');
  return {
    run() {
      for (let first = 0; first < files; first += FILES_PER_FOLDER) {
        const folder = `${root}/folder-${first}`;
        fs.mkdirSync(folder, { recursive: true });
        const names = Array.from({ length: Math.min(FILES_PER_FOLDER, files - first) }, (_, index) => `file-${index}`);
        within(root, (partials) =>
          within(folder, (prefix) => {
            for (const name of names) writeOne(`${partials}/${name}`, `${prefix}/${name}`, slots.next(), fileSize);
          }),
        );
      }
    },
    clear: () => fs.rmSync(root, { recursive: true }),
  };
}

const NEW = fs.constants.O_WRONLY | fs.constants.O_CREAT | fs.constants.O_EXCL | fs.constants.O_NOFOLLOW;
const SECONDS = 1_764_000_000.123456;

function writeOne(partial: string, path: string, bytes: Uint8Array, length: number): void {
  const fd = fs.openSync(partial, NEW, 0o644);
  fs.writeSync(fd, bytes, 0, length, 0);
  fs.futimesSync(fd, SECONDS, SECONDS);
  // What stands there may not be replaceable.
  fs.lstatSync(path, { bigint: true, throwIfNoEntry: false });
  fs.renameSync(partial, path);
  fs.fstatSync(fd, { bigint: true });
  fs.closeSync(fd);
}
