import type { BenchOptions } from './options.js';
import { compare, type Result } from './result.js';
import { bareSide } from './sides/bare.js';
import { naiveSide } from './sides/naive.js';
import { sluiceSide } from './sides/sluice.js';
import { digestOf, Workspace, writeRandomFile } from './workspace.js';

/** One large file, up and down. */
export async function throughput(options: BenchOptions & { readonly size: number }): Promise<Result> {
  const { size } = options;
  // The source, what the server of the get side holds, and one arrival at a time.
  const workspace = await Workspace.create(options.dir, 3 * size);
  const path = workspace.path('source');
  const prepare = async () => {
    await writeRandomFile(path, size);
    return { path, digest: await digestOf(path) };
  };
  return compare(
    options,
    { bench: 'throughput', unit: 'GiB/s', amount: size / 1024 ** 3, bytes: size },
    workspace,
    prepare,
    {
      'put written': (source) =>
        sluiceSide({ name: 'put written', work: 'put', floor: 'naive upload' }, workspace, source),
      'put durable': (source) =>
        sluiceSide(
          { name: 'put durable', work: 'put', floor: 'naive upload', serverOptions: ['--durability', 'durable'] },
          workspace,
          source,
        ),
      'naive upload': (source) => naiveSide('upload', workspace, source),
      'bare upload': () => bareSide('upload', size, 'naive upload'),
      get: (source) => sluiceSide({ name: 'get', work: 'get', floor: 'naive download' }, workspace, source),
      'naive download': (source) => naiveSide('download', workspace, source),
      'bare download': () => bareSide('download', size, 'naive download'),
    },
  );
}
