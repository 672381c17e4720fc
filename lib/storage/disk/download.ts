import { chunkCount, chunkLength } from '../../../protocol/chunks.js';
import { ProtocolError } from '../../../protocol/errors.js';
import { CHUNK_SIZE } from '../../../protocol/limits.js';
import type { Algorithm } from '../../../protocol/messages.js';
import type { Download, Slot } from '../store.js';
import { digestBytes } from './carry.js';
import type { Lanes } from './lanes.js';
import type { Source } from './tasks.js';

/** A file being read chunk by chunk. */
export class DiskDownload implements Download {
  readonly #lanes: Lanes;
  readonly #source: Source;
  /** Bytes. */
  readonly #size: number;
  readonly #algorithm: Algorithm;
  readonly #onEnd: (download: DiskDownload) => void;
  /** The last call; the file is closed behind it, as its descriptor can be another file's the next moment. */
  #underWay: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;

  /** @param onEnd called when the file is closed */
  constructor(
    lanes: Lanes,
    source: Source,
    size: number,
    algorithm: Algorithm,
    onEnd: (download: DiskDownload) => void,
  ) {
    this.#lanes = lanes;
    this.#source = source;
    this.#size = size;
    this.#algorithm = algorithm;
    this.#onEnd = onEnd;
  }

  read(chunk: number, slot: Slot): Promise<{ length: number; leaf: Uint8Array }> {
    return this.#call(async () => {
      if (chunk < 0 || chunk >= chunkCount(this.#size)) {
        throw new ProtocolError('bad-range', `the file has ${chunkCount(this.#size)} chunks, no chunk ${chunk}`);
      }
      const length = chunkLength(this.#size, chunk);
      const { leaf, bytes } = await this.#lanes.data.run('readChunk', {
        source: this.#source,
        position: chunk * CHUNK_SIZE,
        length,
        slot: this.#lanes.runtime === 'threads' ? slot.index : -1,
        algorithm: this.#algorithm,
      });
      if (bytes !== undefined) slot.bytes.set(bytes);
      return { length, leaf: digestBytes(leaf) };
    });
  }

  verifyUnchanged(): Promise<void> {
    return this.#call(async () => {
      await this.#lanes.data.run('checkUnchanged', this.#source);
    });
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    await this.#underWay;
    try {
      const { fd } = this.#source;
      if (fd !== undefined) await this.#lanes.data.run('closeFile', fd);
    } finally {
      this.#onEnd(this);
    }
  }

  #call<R>(work: () => Promise<R>): Promise<R> {
    if (this.#closing !== undefined) return Promise.reject(new ProtocolError('cancelled', 'the download is closed'));
    const result = this.#underWay.then(work);
    this.#underWay = result.catch(() => undefined);
    return result;
  }
}
