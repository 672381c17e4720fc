import { splitPath } from '../../../protocol/names.js';
import { fromFailure } from '../../workers/pool.js';
import type { OpenAnswer, OpenRequest, Slot } from '../store.js';
import { digestBytes } from './carry.js';
import { DiskDownload } from './download.js';
import { asProtocolError } from './failures.js';
import type { Lanes } from './lanes.js';
import type { Opened, OpenFile } from './tasks.js';

/** Bytes of a file that a worker process sends with its answer at most. */
const BY_MESSAGE = 65_536;

/** Opens files in batches, and knows which are open. */
export class Downloads {
  readonly #lanes: Lanes;
  readonly #open = new Set<DiskDownload>();

  constructor(lanes: Lanes) {
    this.#lanes = lanes;
  }

  async open(requests: readonly OpenRequest[], slot: Slot): Promise<OpenAnswer[]> {
    const answers = new Array<OpenAnswer>(requests.length);
    const shared = this.#lanes.runtime === 'threads';
    const files: OpenFile[] = [];
    const places: number[] = [];
    for (const [place, { path, algorithm, ifMatch, eagerLimit }] of requests.entries()) {
      try {
        splitPath(path);
        // What comes in an answer of a process costs ten times as much as by the passage.
        files.push({ path, algorithm, ifMatch, eagerLimit: shared ? eagerLimit : Math.min(eagerLimit, BY_MESSAGE) });
        places.push(place);
      } catch (error) {
        answers[place] = { kind: 'failed', error: asProtocolError(error) };
      }
    }
    if (files.length > 0) {
      const opened = await this.#lanes.data.run('openFiles', { files, slot: shared ? slot.index : -1 });
      for (const [index, place] of places.entries()) {
        answers[place] = this.#answer(requests[place]!, opened[index]!, slot);
      }
    }
    return answers;
  }

  #answer({ path, algorithm }: OpenRequest, opened: Opened, slot: Slot): OpenAnswer {
    if (opened === 'later') return { kind: 'later' };
    if ('failure' in opened) return { kind: 'failed', error: fromFailure(opened.failure) };
    const { info } = opened;
    if ('root' in opened) {
      const { offset, length, bytes } = opened;
      if (bytes !== undefined) slot.bytes.set(bytes, offset);
      const leaf = length === 0 ? undefined : digestBytes(opened.leaf);
      return { kind: 'content', info, content: { slot, offset, length }, leaf, root: digestBytes(opened.root) };
    }
    const source = { path, version: info.version, fd: opened.fd, keptFd: opened.keptFd };
    const about = { size: info.size, algorithm };
    const download = new DiskDownload(this.#lanes, source, about, (ended) => this.#open.delete(ended));
    this.#open.add(download);
    return { kind: 'download', info, download };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open].map((download) => download.close()));
  }
}
