import { ProtocolError } from './errors.js';
import { CHUNK_SIZE, MIN_FRAGMENT } from './limits.js';

/** P-6.1: how many chunks a file of `size` bytes has; 0 for an empty file. */
export function chunkCount(size: number): number {
  return Math.ceil(size / CHUNK_SIZE);
}

/** Bytes of chunk `index` in a file of `size` bytes: 1 to 1,048,576. */
export function chunkLength(size: number, index: number): number {
  return Math.min(CHUNK_SIZE, size - index * CHUNK_SIZE);
}

/** What one fragment means for the chunk it belongs to. */
export interface FragmentPlace {
  /** Index of the chunk in the file. */
  readonly chunk: number;
  /** Where the fragment begins within the chunk. */
  readonly within: number;
  /** The chunk's first fragment: it is charged against credit. */
  readonly first: boolean;
  /** The chunk's last fragment. */
  readonly last: boolean;
}

/** Holds the fragments of one stream to P-6.3. It knows the order only; credit and epochs are others' matter. */
export class FragmentOrder {
  /** The file's size in bytes; undefined until known. */
  readonly #size: number | undefined;
  /** Offset at which the chunk in progress goes on; -1 between chunks. */
  #expected = -1;

  constructor(size: number | undefined) {
    this.#size = size;
  }

  /** Forgets the chunk in progress: its epoch ended (P-5.5). */
  reset(): void {
    this.#expected = -1;
  }

  /**
   * @param offset place in the file, bytes
   * @param length payload bytes
   * @param last the flag `end-chunk`
   * @throws {ProtocolError} `bad-frame`
   */
  accept(offset: number, length: number, last: boolean): FragmentPlace {
    const first = this.#expected === -1;
    const within = offset % CHUNK_SIZE;
    if (first ? within !== 0 : offset !== this.#expected) {
      throw breach(first ? `at ${offset} does not begin a chunk` : `at ${offset} instead of ${this.#expected}`);
    }
    if (length === 0) throw breach('is empty');
    if (!last && length < MIN_FRAGMENT) throw breach(`of ${length} bytes does not end its chunk`);
    const chunk = (offset - within) / CHUNK_SIZE;
    const end = within + length;
    const room = this.#size === undefined ? CHUNK_SIZE : chunkLength(this.#size, chunk);
    if (end > room) throw breach(`at ${offset} crosses the end of its chunk or of the file`);
    if (!last && end === room) throw breach(`at ${offset} fills its chunk without end-chunk`);
    if (last && this.#size !== undefined && end !== room) throw breach(`at ${offset} ends its chunk too early`);
    this.#expected = last ? -1 : offset + length;
    return { chunk, within, first, last };
  }
}

const breach = (what: string): ProtocolError => new ProtocolError('bad-frame', `DATA ${what}`);
