import type { Runtime } from '../../workers/pool.js';
import type { Region } from '../store.js';
import type { Lanes } from './lanes.js';
import type { Content } from './tasks.js';

/** A digest on its way to a worker. */
export const digestText = (digest: Uint8Array): string =>
  Buffer.from(digest.buffer, digest.byteOffset, digest.length).toString('latin1');

/** A digest that came from a worker. */
export const digestBytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');

/** Content on its way to a worker, and what must be called once the worker has it behind it. */
export interface Carried {
  readonly content: Content;
  readonly release: () => void;
}

/** A chunk on its way: processes find it in the passage, as long as there is a place. */
export function carryChunk({ runtime, passage }: Pick<Lanes, 'runtime' | 'passage'>, region: Region): Carried {
  const place = passage?.take();
  if (passage === undefined || place === undefined)
    return { content: carry(runtime, region), release: () => undefined };
  const { slot, offset, length } = region;
  passage.write(place, slot.bytes.subarray(offset, offset + length));
  return { content: { place, length }, release: () => passage.give(place) };
}

/** Content on its way to a worker: threads are told where it lies, processes get the bytes. */
export function carry(runtime: Runtime, { slot, offset, length }: Region): Content {
  return runtime === 'threads' ? { slot: slot.index, offset, length } : slot.bytes.subarray(offset, offset + length);
}
