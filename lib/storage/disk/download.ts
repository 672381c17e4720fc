import { randomBytes } from 'node:crypto';
import { chunkCount, chunkLength } from '../../../protocol/chunks.js';
import { ProtocolError } from '../../../protocol/errors.js';
import { CHUNK_SIZE } from '../../../protocol/limits.js';
import type { Algorithm } from '../../../protocol/algorithms.js';
import type { Download, Slot } from '../store.js';
import { digestBytes } from './carry.js';
import { isKept } from './kept.js';
import type { Lanes } from './lanes.js';
import type { Source } from './tasks.js';

export interface DownloadAbout {
  /** Bytes. */
  readonly size: number;
  readonly algorithm: Algorithm;
}

/** A file being read chunk by chunk. */
export class DiskDownload implements Download {
  readonly #lanes: Lanes;
  readonly #source: Source;
  readonly #about: DownloadAbout;
  readonly #onEnd: (download: DiskDownload) => void;
  /** Computed leaves are gathered under this name, for as long as chunks are read in order from the first on. */
  #gathering: string | undefined;
  /** How many were. */
  #gathered = 0;
  /** The last call; the file is closed behind it, as its descriptor can be another file's the next moment. */
  #underWay: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;

  /** @param onEnd called when the file is closed */
  constructor(lanes: Lanes, source: Source, about: DownloadAbout, onEnd: (download: DiskDownload) => void) {
    this.#lanes = lanes;
    this.#source = source;
    this.#about = about;
    this.#onEnd = onEnd;
  }

  read(chunk: number, slot: Slot): Promise<{ length: number; leaf: Uint8Array }> {
    return this.#call(async () => {
      const { size, algorithm } = this.#about;
      if (chunk < 0 || chunk >= chunkCount(size)) {
        throw new ProtocolError('bad-range', `the file has ${chunkCount(size)} chunks, no chunk ${chunk}`);
      }
      const length = chunkLength(size, chunk);
      const { runtime, passage, data } = this.#lanes;
      const places = (await passage?.take(1)) ?? [];
      const [place] = places;
      try {
        const { leaf, bytes } = await data.run('readChunk', {
          source: this.#source,
          position: chunk * CHUNK_SIZE,
          length,
          slot: runtime === 'threads' ? slot.index : -1,
          place,
          algorithm,
          gathering: this.#gather(chunk),
        });
        if (place !== undefined) passage!.read(place, slot.bytes.subarray(0, length));
        if (bytes !== undefined) slot.bytes.set(bytes);
        return { length, leaf: digestBytes(leaf) };
      } catch (error) {
        // A leaf would be missing.
        this.#gathered = Infinity;
        throw error;
      } finally {
        passage?.give(places);
      }
    });
  }

  verifyUnchanged(): Promise<void> {
    return this.#call(async () => {
      const { size, algorithm } = this.#about;
      const name = this.#gathering;
      const whole = name !== undefined && this.#gathered === chunkCount(size);
      const gathered = whole ? { name, algorithm } : undefined;
      await this.#lanes.data.run('checkUnchanged', { source: this.#source, gathered });
    });
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    await this.#underWay;
    try {
      const source = this.#source;
      const gathering = this.#gathering;
      if (source.fd !== undefined || gathering !== undefined) {
        await this.#lanes.data.run('closeSource', { source, gathering });
      }
    } finally {
      this.#onEnd(this);
    }
  }

  /** @returns what the leaf of this chunk is to be gathered under */
  #gather(chunk: number): string | undefined {
    const { fd, keptFd } = this.#source;
    // Processes compute leaves each time, so they need none.
    if (fd === undefined || keptFd !== undefined || chunk !== this.#gathered) return undefined;
    if (!isKept(this.#about.size)) return undefined;
    this.#gathered += 1;
    return (this.#gathering ??= randomBytes(16).toString('hex'));
  }

  #call<R>(work: () => Promise<R>): Promise<R> {
    if (this.#closing !== undefined) return Promise.reject(new ProtocolError('cancelled', 'the download is closed'));
    const result = this.#underWay.then(work);
    this.#underWay = result.catch(() => undefined);
    return result;
  }
}
