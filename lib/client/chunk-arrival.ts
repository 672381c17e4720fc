import { FragmentOrder } from '../../protocol/chunks.js';
import { ReceiveCredit } from '../../protocol/credit.js';
import type { Frame } from '../../protocol/decoder.js';
import { type Hash, leafDigest } from '../../protocol/digest-tree.js';
import { ProtocolError } from '../../protocol/errors.js';
import { readDataMeta } from '../../protocol/frame.js';
import type { DownloadPlan } from './download-plan.js';

/** A chunk that has arrived whole. */
export interface Arrived {
  readonly chunk: number;
  readonly bytes: Uint8Array;
  readonly leaf: Uint8Array;
  /** Its bytes give its leaf (P-6.7). */
  readonly right: boolean;
}

/** Puts the fragments of a GET together: in order, against credit, each chunk verified when it is whole (P-6.3, P-7.7). */
export class ChunkArrival {
  readonly #plan: DownloadPlan;
  readonly #credit: ReceiveCredit;
  readonly #order: FragmentOrder;
  #next: number;
  #filling: { readonly chunk: number; readonly bytes: Uint8Array; leaf: Uint8Array | undefined } | undefined;
  #underWay = false;

  constructor(plan: DownloadPlan, credit: ReceiveCredit) {
    this.#plan = plan;
    this.#credit = credit;
    this.#order = new FragmentOrder(plan.size);
    this.#next = plan.firstChunk;
  }

  get complete(): boolean {
    return this.#next === this.#plan.endChunk && this.#filling === undefined;
  }

  /** The memory of the chunk in progress. */
  get filling(): Uint8Array | undefined {
    return this.#filling?.bytes;
  }

  /** A payload is on its way into `filling`: the kernel may still place bytes there. */
  get underWay(): boolean {
    return this.#underWay;
  }

  /**
   * @param memory gives the place of a chunk of that many bytes; `single`: it comes in one frame
   * @returns where the payload belongs
   * @throws {ProtocolError} `bad-frame`, `over-credit`
   */
  onData({ header, meta }: Frame, memory: (length: number, single: boolean) => Uint8Array): Uint8Array {
    const { offset, leaf } = readDataMeta(meta);
    const { chunk, within, first } = this.#order.accept(offset, header.payloadLength, leaf !== undefined);
    this.#credit.accept(header.epoch, first);
    if (first) {
      if (chunk !== this.#next || chunk >= this.#plan.endChunk) {
        throw new ProtocolError('bad-frame', `DATA of chunk ${chunk} where chunk ${this.#next} should come`);
      }
      this.#next += 1;
      const bytes = memory(this.#plan.chunkLength(chunk), leaf !== undefined);
      this.#filling = { chunk, bytes, leaf: undefined };
    }
    const filling = this.#filling!;
    filling.leaf = leaf?.slice();
    this.#underWay = true;
    return filling.bytes.subarray(within, within + header.payloadLength);
  }

  /** @returns the chunk, when this was its last fragment */
  onPayload(hash: Hash): Arrived | undefined {
    const { chunk, bytes, leaf } = this.#filling!;
    this.#underWay = false;
    if (leaf === undefined) return undefined;
    this.#filling = undefined;
    return { chunk, bytes, leaf, right: Buffer.compare(leafDigest(hash, bytes), leaf) === 0 };
  }
}
