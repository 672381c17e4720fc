import t from 'tap';
import { ChunkPool } from '../../lib/client/chunk-pool.js';
import { DownloadMemory } from '../../lib/client/download-memory.js';
import { MemoryShare } from '../../lib/client/memory-share.js';

const CHUNK = 1_048_576;
const LARGE = 100 * CHUNK;

/** The memory of a download of 100 chunks by a client of its own. */
function downloading(): DownloadMemory {
  const memory = new DownloadMemory(new ChunkPool(64), { keeps: false, small: 262_144 }, () => undefined);
  memory.begin(() => undefined);
  return memory;
}

t.test('many downloads of one process have two chunks each under way, few have a dozen', (t) => {
  const all = Array.from({ length: 50 }, downloading);
  for (const memory of all) memory.expect(100, LARGE);
  t.same(new Set(all.map(({ credit }) => credit.limit)), new Set([2]));
  for (const memory of all.slice(4)) memory.close(undefined, false);
  for (const memory of all.slice(0, 4)) memory.give(memory.take(CHUNK));
  // One is done with, and twelve are under way; the thirteenth and fourteenth are the window's growth.
  t.same(
    all.slice(0, 4).map(({ credit }) => credit.limit),
    [15, 15, 15, 15],
  );
  for (const memory of all.slice(0, 4)) memory.close(undefined, false);
  t.end();
});

t.test('a download that turns out to be small counts no more', (t) => {
  const all = Array.from({ length: 50 }, downloading);
  for (const memory of all.slice(1)) memory.expect(1, 1_000);
  all[0]!.expect(100, LARGE);
  t.equal(all[0]!.credit.limit, 12);
  for (const memory of all) memory.close(undefined, false);
  t.equal(new MemoryShare().limit(1_000), 128, 'nobody is left');
  t.end();
});

t.test('a share counts once', (t) => {
  const shares = Array.from({ length: 16 }, () => new MemoryShare());
  for (const share of shares) {
    share.join();
    share.join();
  }
  t.equal(shares[0]!.limit(32), 8);
  t.equal(shares[0]!.limit(4), 4);
  for (const share of shares) {
    share.leave();
    share.leave();
  }
  t.equal(shares[0]!.limit(1_000), 128);
  t.end();
});
