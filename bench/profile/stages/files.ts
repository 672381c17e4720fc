import * as fs from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CHUNK_SIZE } from '../../../protocol/limits.js';
import { filesBelow } from '../../files.js';
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
  { name: 'open, stat, read, close', per: 'file', open: readSmall },
  { name: 'create, write, times, rename, close', per: 'file', open: writeSmall },
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

/** As a client before it sends, and a worker before it answers: a file that changes meanwhile is found out. */
function readSmall({ tree, slots }: Lab): Rig {
  const paths = filesBelow(tree).map((name) => join(tree, name));
  return {
    run() {
      for (const path of paths) {
        const fd = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK | fs.constants.O_NOFOLLOW);
        const { size } = fs.fstatSync(fd, { bigint: true });
        fs.readSync(fd, slots.next(), 0, Number(size), 0);
        fs.fstatSync(fd, { bigint: true });
        fs.closeSync(fd);
      }
    },
  };
}

const NEW = fs.constants.O_WRONLY | fs.constants.O_CREAT | fs.constants.O_EXCL | fs.constants.O_NOFOLLOW;
const FILES_PER_FOLDER = 100;

function writeSmall({ workspace, files, fileSize, slots }: Lab): Rig {
  const folder = workspace.path('published');
  const seconds = 1_764_000_000.123456;
  return {
    run() {
      for (let index = 0; index < files; index++) {
        const target = `${folder}/${Math.floor(index / FILES_PER_FOLDER)}`;
        if (index % FILES_PER_FOLDER === 0) fs.mkdirSync(target, { recursive: true });
        const partial = `${folder}/partial-${index}`;
        const fd = fs.openSync(partial, NEW, 0o644);
        fs.writeSync(fd, slots.next(), 0, fileSize, 0);
        fs.futimesSync(fd, seconds, seconds);
        fs.renameSync(partial, `${target}/file-${index}`);
        fs.fstatSync(fd, { bigint: true });
        fs.closeSync(fd);
      }
    },
    clear: () => fs.rmSync(folder, { recursive: true }),
  };
}
