import { writeRandomFile } from './files.js';
import type { Direction, Job } from './job.js';
import type { BenchOptions } from './options.js';
import { compare, type Result } from './result.js';
import { bareSide } from './sides/bare.js';
import { naiveSide } from './sides/naive.js';
import { sluiceSide } from './sides/sluice.js';
import type { Workspace } from './workspace.js';

/** One large file, up and down. */
export async function throughput(options: BenchOptions & { readonly size: number }): Promise<Result> {
  const { size } = options;
  const sourceIn = (workspace: Workspace): string => workspace.path('source');
  const jobIn = (workspace: Workspace, direction: Direction): Job => ({
    direction,
    shape: 'file',
    source: sourceIn(workspace),
    copies: 1,
  });
  const client = 'library';
  const put = { client, rivals: ['naive upload', 'bare upload'] } as const;
  const get = { client, rivals: ['naive download', 'bare download'] } as const;
  return compare(options, {
    work: {
      bench: 'throughput',
      title: 'one large file, up and down',
      unit: 'GiB/s',
      amount: size / 1024 ** 3,
      bytes: size,
    },
    // The source and one arrival at a time.
    room: 2 * size,
    prepare: (workspace) => writeRandomFile(sourceIn(workspace), size),
    sides: {
      'put written': (workspace) => sluiceSide({ ...put, name: 'put written' }, workspace, jobIn(workspace, 'put')),
      'put durable': (workspace) =>
        sluiceSide({ ...put, name: 'put durable', durability: 'durable' }, workspace, jobIn(workspace, 'put')),
      'naive upload': (workspace) => naiveSide('upload', workspace, sourceIn(workspace)),
      'bare upload': () => bareSide('upload', size, ['naive upload']),
      get: (workspace) => sluiceSide({ ...get, name: 'get' }, workspace, jobIn(workspace, 'get')),
      'naive download': (workspace) => naiveSide('download', workspace, sourceIn(workspace)),
      'bare download': () => bareSide('download', size, ['naive download']),
    },
  });
}
