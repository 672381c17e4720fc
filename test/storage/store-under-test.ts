import { randomBytes } from 'node:crypto';
import type { SlotShare } from '../../lib/workers/slab.js';
import type {
  EagerOptions,
  OpenAnswer,
  PutOptions,
  Published,
  Region,
  Slot,
  Store,
  Upload,
} from '../../lib/storage/store.js';
import { chunksOf, leafOf, rootOf } from '../fixtures/naive-frames.js';

/** What the cases need of a store: they hold for any. */
export interface StoreUnderTest {
  readonly store: Store;
  /** At least 8. */
  readonly slots: SlotShare;
  /** Whether published files survive a loss of power. */
  readonly durable: boolean;
  /** What is kept of unfinished uploads; [] when nothing is. */
  readonly leftovers: () => string[];
}

/** A name for a folder that no other case uses; it isn't made. */
export const freshName = (): string => `case-${randomBytes(6).toString('hex')}`;

/** Puts `bytes` into a slot of their own for as long as `use` runs. */
export async function inSlot<R>(
  { slots }: StoreUnderTest,
  bytes: Uint8Array,
  use: (region: Region) => Promise<R>,
): Promise<R> {
  return withSlot(slots, (slot) => {
    // Not at the slot's start where it fits elsewhere: a store must heed the offset.
    const offset = Math.min(4_096, slot.bytes.length - bytes.length);
    slot.bytes.set(bytes, offset);
    return use({ slot, offset, length: bytes.length });
  });
}

export async function withSlot<R>(slots: SlotShare, use: (slot: Slot) => Promise<R>): Promise<R> {
  const slot = slots.take();
  if (slot === undefined) throw new Error('the test uses more slots than it has');
  try {
    return await use(slot);
  } finally {
    slots.give(slot);
  }
}

export const writeChunk = (
  under: StoreUnderTest,
  upload: Upload,
  index: number,
  chunk: Uint8Array,
  leaf: Uint8Array | null = leafOf(chunk),
): Promise<'written' | 'corrupt'> => inSlot(under, chunk, (region) => upload.write(index, region, leaf));

/** Uploads all chunks, one after another, without committing. */
export async function send(
  under: StoreUnderTest,
  path: string,
  content: Uint8Array,
  options: Partial<PutOptions> = {},
): Promise<Upload> {
  const upload = await under.store.begin({ path, algorithm: 'sha256', size: content.length, ...options });
  for (const [index, chunk] of chunksOf(content).entries()) await writeChunk(under, upload, index, chunk);
  return upload;
}

export async function put(
  under: StoreUnderTest,
  path: string,
  content: Uint8Array,
  options: Partial<PutOptions> = {},
): Promise<Published> {
  const upload = await send(under, path, content, options);
  return upload.commit(content.length, rootOf(content));
}

/** A file of one chunk, begun and then written and published in one step. */
export async function putWhole(
  under: StoreUnderTest,
  path: string,
  content: Uint8Array,
  options: Partial<PutOptions> = {},
): Promise<Published | 'corrupt'> {
  const upload = await under.store.begin({ path, algorithm: 'sha256', size: content.length, ...options });
  return inSlot(under, content, (region) => upload.writeWhole(region, leafOf(content), rootOf(content)));
}

export function putEager(
  under: StoreUnderTest,
  path: string,
  content: Uint8Array,
  options: Partial<EagerOptions> = {},
): Promise<Published> {
  const leaf = content.length === 0 ? undefined : leafOf(content);
  const file: EagerOptions = {
    path,
    algorithm: 'sha256',
    size: content.length,
    root: rootOf(content),
    leaf,
    ...options,
  };
  if (content.length === 0) return under.store.putEager(file, null);
  return inSlot(under, content, (region) => under.store.putEager(file, region));
}

export async function open(under: StoreUnderTest, path: string, eagerLimit = 0, ifMatch?: string): Promise<OpenAnswer> {
  return withSlot(under.slots, async (slot) => {
    const [answer] = await under.store.open([{ path, algorithm: 'sha256', eagerLimit, ifMatch }], slot);
    return answer!;
  });
}

/** The whole file, each chunk verified by the naive formula. */
export async function get(under: StoreUnderTest, path: string): Promise<Buffer> {
  const answer = await open(under, path);
  if (answer.kind === 'failed') throw answer.error;
  if (answer.kind !== 'download') throw new Error(`the answer to an open was '${answer.kind}'`);
  const { info, download } = answer;
  const chunks: Buffer[] = [];
  try {
    for (let index = 0; index * 1_048_576 < info.size; index++) {
      await withSlot(under.slots, async (slot) => {
        const { length, leaf } = await download.read(index, slot);
        const chunk = Buffer.from(slot.bytes.subarray(0, length));
        if (!leafOf(chunk).equals(leaf)) throw new Error(`chunk ${index} came with a wrong leaf`);
        chunks.push(chunk);
      });
    }
    await download.verifyUnchanged();
  } finally {
    await download.close();
  }
  return Buffer.concat(chunks);
}

/** The code of what a call rejects with; 'none' when it doesn't. */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'none';
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}
