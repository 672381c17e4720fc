import { writeRandomTree } from './files.js';
import type { BenchOptions } from './options.js';
import { compare, type Result, type SideMaker } from './result.js';
import { sluiceSide } from './sides/sluice.js';

/** Very many small files over one connection, up and down. */
export async function small(
  options: BenchOptions & { readonly size: number; readonly files: number },
): Promise<Result> {
  const { size, files } = options;
  const tree =
    (direction: 'put' | 'get'): SideMaker =>
    (workspace) =>
      sluiceSide({ name: `${direction} tree`, client: 'library' }, workspace, {
        direction,
        shape: 'tree',
        source: workspace.path('source'),
        copies: 1,
      });
  return compare(options, {
    work: {
      bench: 'small',
      title: `${files} files of ${size} bytes, up and down`,
      unit: 'files/s',
      amount: files,
      counted: 'file',
      bytes: files * size,
    },
    room: 3 * files * Math.max(size, 4096),
    prepare: (workspace) => writeRandomTree(workspace.path('source'), files, size),
    sides: { 'put tree': tree('put'), 'get tree': tree('get') },
  });
}
