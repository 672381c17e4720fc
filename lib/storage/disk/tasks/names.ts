import { isUtf8 } from 'node:buffer';
import { opendirSync } from 'node:fs';
import { componentFault, isReserved } from '../../../../protocol/names.js';
import type { Entry, FileInfo } from '../../store.js';
import { infoOf } from '../file-info.js';
import { notFound } from '../folder.js';
import type { ListNames, NameList } from '../tasks.js';
import { splitName } from '../tree.js';
import { tree } from './places.js';

/** Entries that the system is asked for at once. */
const READ_AHEAD = 512;

/**
 * The first names of a folder behind `after`, in byte order, joined by '/'; `more` when some were left for next time.
 * However many names a folder has, no more than about twice `limit` bytes of them are in memory.
 */
export function listNames({ path, prefix, after, limit, patience = Infinity }: ListNames): NameList | null {
  // latin1 has one character for each byte, so that text compares as bytes do, and is packed as tight.
  const window = new NameWindow(latin1(after), limit);
  const start = latin1(prefix);
  return tree.within(path, (folder) => {
    const directory = opendirSync(folder.path, { encoding: 'latin1' as 'utf8', bufferSize: READ_AHEAD });
    try {
      let seen = 0;
      for (let entry = directory.readSync(); entry !== null; entry = directory.readSync()) {
        if (++seen > patience) return null;
        if (entry.name.startsWith(start) && window.wants(entry.name) && isAllowed(entry.name)) window.add(entry.name);
      }
      return window.result();
    } finally {
      directory.closeSync();
    }
  });
}

/** The least names that fit a number of bytes. */
class NameWindow {
  readonly #after: string;
  readonly #limit: number;
  #names: string[] = [];
  #bytes = 0;
  /** Once names were dropped: the least of them, beyond which none is kept. */
  #ceiling: string | undefined;

  constructor(after: string, limit: number) {
    this.#after = after;
    this.#limit = limit;
  }

  wants(name: string): boolean {
    return name > this.#after && (this.#ceiling === undefined || name < this.#ceiling);
  }

  add(name: string): void {
    this.#names.push(name);
    this.#bytes += name.length + 1;
    if (this.#bytes > 2 * this.#limit) this.#shrink();
  }

  result(): NameList {
    this.#shrink();
    return { names: Buffer.from(this.#names.join('/'), 'latin1'), more: this.#ceiling !== undefined };
  }

  #shrink(): void {
    this.#names.sort();
    let kept = 0;
    let bytes = 0;
    while (kept < this.#names.length && (kept === 0 || bytes + this.#names[kept]!.length + 1 <= this.#limit)) {
      bytes += this.#names[kept++]!.length + 1;
    }
    if (kept < this.#names.length) this.#ceiling = this.#names[kept]!;
    this.#names.length = kept;
    this.#bytes = bytes;
  }
}

const PLAIN = /^[ -.0-[\]-~]+$/;

/** P-7.8: whether a name on the disk is one that a client could ask for. */
function isAllowed(bytes: string): boolean {
  // Nearly all names are ASCII and don't begin with a dot.
  if (bytes.charCodeAt(0) !== 0x2e && PLAIN.test(bytes)) return true;
  const buffer = Buffer.from(bytes, 'latin1');
  if (!isUtf8(buffer)) return false;
  const name = buffer.toString();
  return componentFault(name) === undefined && !isReserved(name);
}

const latin1 = (text: string): string => Buffer.from(text).toString('latin1');

/** P-7.8: what is known of each name; those that have gone meanwhile are left out. */
export function statEntries({ path, names }: { path: string; names: readonly string[] }): Entry[] {
  return tree.within(path, (folder) =>
    names.flatMap((name) => {
      const stats = folder.look(name);
      if (stats === undefined) return [];
      const { type, size, mtimeMs } = infoOf(stats);
      return [{ name, type, size, mtimeMs }];
    }),
  );
}

/** P-7.9; of a symbolic link itself. */
export function stat(path: string): FileInfo {
  if (path === '') return infoOf(tree.root.stats());
  const [parent, name] = splitName(path);
  const stats = tree.within(parent, (folder) => tree.look(folder, name));
  if (stats === undefined) throw notFound();
  return infoOf(stats);
}
