import { writeFileSync } from 'node:fs';
import type { HeapProfiler, Runtime } from 'node:inspector';
import { Session } from 'node:inspector/promises';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** V8 takes a sample once in so many bytes on average, and scales what it saw: an estimate without bias. */
const INTERVAL = 8_192;
/** How many of the places that allocate most are told. */
const PLACES = 10;

/** Where bytes were allocated on the heap of V8. */
export interface AllocationPlace {
  readonly place: string;
  readonly bytes: number;
}

const OPTIONS = {
  samplingInterval: INTERVAL,
  // Not only what lives at the end: all that was allocated.
  includeObjectsCollectedByMajorGC: true,
  includeObjectsCollectedByMinorGC: true,
};

let session: Session | undefined;

/**
 * Tasks of a program of the benchmark: count what its main thread allocates on the heap of V8 in between. Memory outside of it,
 * as of buffers, is not counted. It slows the program down, so times are taken in other runs.
 */
export const allocationTasks = {
  async beginAllocations(): Promise<number> {
    session = new Session();
    session.connect();
    await session.post('HeapProfiler.startSampling', OPTIONS);
    return 0;
  },

  /** @param path gets the places that allocated most, as JSON. @returns bytes in all */
  async endAllocations(path: string): Promise<number> {
    const { profile } = await session!.post('HeapProfiler.stopSampling');
    session!.disconnect();
    const places = new Map<string, number>();
    collect(profile.head, places);
    const sorted = [...places].map(([place, bytes]): AllocationPlace => ({ place, bytes }));
    sorted.sort((a, b) => b.bytes - a.bytes);
    writeFileSync(path, JSON.stringify(sorted.slice(0, PLACES)));
    return sorted.reduce((sum, { bytes }) => sum + bytes, 0);
  },
};

function collect(
  { callFrame, selfSize, children }: HeapProfiler.SamplingHeapProfileNode,
  into: Map<string, number>,
): void {
  if (selfSize > 0) {
    const place = placeOf(callFrame);
    into.set(place, (into.get(place) ?? 0) + selfSize);
  }
  for (const child of children) collect(child, into);
}

function placeOf({ functionName, url, lineNumber }: Runtime.CallFrame): string {
  const name = functionName || '(anonymous)';
  if (url === '') return name;
  return `${name} ${url.startsWith('file:') ? relative('', fileURLToPath(url)) : url}:${lineNumber + 1}`;
}
