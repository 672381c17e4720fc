import type { Passage } from '../../workers/passage.js';
import type { Runtime } from '../../workers/pool.js';
import type { Region } from '../store.js';
import type { Content } from './tasks.js';

/** A digest on its way to a worker. */
export const digestText = (digest: Uint8Array): string =>
  Buffer.from(digest.buffer, digest.byteOffset, digest.length).toString('latin1');

/** A digest that came from a worker. */
export const digestBytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');

/** Content on its way to a worker: threads are told where it lies, processes get the bytes. */
export function carry(runtime: Runtime, { slot, offset, length }: Region): Content {
  return runtime === 'threads' ? { slot: slot.index, offset, length } : slot.bytes.subarray(offset, offset + length);
}

/** A chunk on its way to a worker process, by a place that its sender has. */
export function carryBy(passage: Passage, place: number, { slot, offset, length }: Region): Content {
  passage.write(place, slot.bytes.subarray(offset, offset + length));
  return { place, length };
}
