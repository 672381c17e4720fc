/** Enough to keep a connection busy with small files, few enough that big ones don't share a disk with many. */
const LANES = 8;

/** Works on a few items at once. When one throws, no further item is begun. */
export async function forEachInLanes<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values();
  let stopped = false;
  const lane = async (): Promise<void> => {
    for (const item of rest) {
      if (stopped) return;
      try {
        await work(item);
      } catch (error) {
        stopped = true;
        throw error;
      }
    }
  };
  await settleAll(Array.from({ length: Math.min(LANES, items.length) }, lane));
}

/** Waits for all, then throws what the first one that failed threw. */
async function settleAll(promises: Promise<void>[]): Promise<void> {
  await Promise.allSettled(promises);
  await Promise.all(promises);
}
