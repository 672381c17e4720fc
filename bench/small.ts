import type { BenchOptions } from './options.js';
import { compare, type Result } from './result.js';
import { sluiceSide } from './sides/sluice.js';
import { digestOf, Workspace, writeRandomTree } from './workspace.js';

/** Very many small files over one connection, up and down. */
export async function small(
  options: BenchOptions & { readonly size: number; readonly files: number },
): Promise<Result> {
  const { size, files } = options;
  const workspace = await Workspace.create(options.dir, 3 * files * Math.max(size, 4096));
  const path = workspace.path('source');
  const prepare = async () => {
    await writeRandomTree(path, files, size);
    return { path, digest: await digestOf(path) };
  };
  return compare(options, { bench: 'small', unit: 'files/s', amount: files, bytes: files * size }, workspace, prepare, {
    'put tree': (source) => sluiceSide({ name: 'put tree', work: 'putTree' }, workspace, source),
    'get tree': (source) => sluiceSide({ name: 'get tree', work: 'getTree' }, workspace, source),
  });
}
