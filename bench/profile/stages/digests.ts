import { availableAlgorithms, hashOf } from '../../../lib/workers/digests.js';
import { leafDigest, rootDigest } from '../../../protocol/digest-tree.js';
import type { Algorithm } from '../../../protocol/algorithms.js';
import { eachChunk, type Stage } from '../stage.js';

export const digestStages: readonly Stage[] = availableAlgorithms().flatMap((algorithm) => [
  chunks(algorithm),
  smallFiles(algorithm),
]);

function chunks(algorithm: Algorithm): Stage {
  const hash = hashOf(algorithm);
  return {
    name: `digest ${algorithm}`,
    per: 'GiB',
    open: (lab) => ({ run: () => eachChunk(lab, () => leafDigest(hash, lab.slots.next())) }),
  };
}

function smallFiles(algorithm: Algorithm): Stage {
  const hash = hashOf(algorithm);
  return {
    name: `digest ${algorithm}, leaf and root`,
    per: 'file',
    open: ({ files, fileSize, slots }) => ({
      run() {
        for (let left = files; left > 0; left--) {
          rootDigest(hash, algorithm, fileSize, leafDigest(hash, slots.next().subarray(0, fileSize)));
        }
      },
    }),
  };
}
