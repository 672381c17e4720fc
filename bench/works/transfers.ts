import { writeRandomFile, writeRandomTree } from '../files.js';
import type { Direction, Job } from '../job.js';
import type { Race, SideMaker } from '../result.js';
import { bareSide } from '../sides/bare.js';
import { peerSide, summedSide } from '../sides/peer.js';
import { type SluiceSide, sluiceSide } from '../sides/sluice.js';
import type { Place, Workspace } from '../workspace.js';
import { DIRECTIONS, type Entry, type Field, GIB, MIB, scaled, sizeText } from './entry.js';

/** One kind of transfer, which this project and others carry out. */
interface Transfer {
  readonly work: string;
  /** Completed by the direction. */
  readonly title: string;
  readonly shape: Job['shape'];
  /** At once. */
  readonly copies: number;
  /** Of each. */
  readonly files: number;
  /** Of one file. */
  readonly size: number;
  /** How this project is used; fifty connections are held by one process. */
  readonly clients: readonly SluiceSide['client'][];
  /** One large file is compared with more: sums at both ends, bare sockets, and the others on the disk too. */
  readonly isReference?: true;
}

export function transfers({ scale }: Field): readonly Transfer[] {
  const both = ['command', 'library'] as const;
  const file = scaled(GIB, scale, MIB);
  const part = scaled(100 * MIB, scale, MIB);
  const small = scaled(10_000, scale);
  const medium = scaled(1000, scale);
  return [
    {
      work: 'one',
      title: `one file of ${sizeText(file)}`,
      shape: 'file',
      copies: 1,
      files: 1,
      size: file,
      clients: both,
      isReference: true,
    },
    {
      work: 'fifty',
      title: `50 files of ${sizeText(part)} at once`,
      shape: 'file',
      copies: 50,
      files: 1,
      size: part,
      clients: ['library'],
    },
    {
      work: 'small',
      title: `${small} files of 4 KiB`,
      shape: 'tree',
      copies: 1,
      files: small,
      size: 4096,
      clients: both,
    },
    {
      work: 'thousand',
      title: `${medium} files of 1 MiB`,
      shape: 'tree',
      copies: 1,
      files: medium,
      size: MIB,
      clients: both,
    },
  ];
}

/** The races of one kind of transfer: each way, in memory and on the disk. */
export function transferEntries(transfer: Transfer, field: Field): Entry[] {
  return (['memory', 'disk'] as const).flatMap((place) =>
    DIRECTIONS.map((direction) => ({
      work: transfer.work,
      direction,
      place,
      race: transferRace(transfer, direction, place, field),
    })),
  );
}

function transferRace(transfer: Transfer, direction: Direction, place: Place, { peers }: Field): Race {
  const { work, title, shape, copies, files, size } = transfer;
  const bytes = copies * files * size;
  const jobIn = (workspace: Workspace): Job => ({ direction, shape, source: workspace.path('source'), copies });

  const others: Record<string, SideMaker> = {};
  if (place === 'memory' || transfer.isReference) {
    for (const peer of peers) others[peer.name] = (workspace) => peerSide(peer, workspace, jobIn(workspace));
  }
  if (place === 'memory' && transfer.isReference) {
    const nginx = peers.find(({ name }) => name === 'nginx');
    if (nginx) others['nginx + sha256sum'] = (workspace) => summedSide(nginx, workspace, jobIn(workspace));
    const way = direction === 'put' ? 'upload' : 'download';
    others[`bare ${way}`] = () => bareSide(way, size);
  }
  const own: Record<string, SideMaker> = {};
  const rivals = Object.keys(others);
  for (const choice of sluiceChoices(transfer, direction, place)) {
    own[choice.name] = (workspace) => sluiceSide({ ...choice, rivals }, workspace, jobIn(workspace));
  }

  return {
    work: {
      bench: work,
      title: `${direction} ${title}`,
      ...(size < MIB
        ? { unit: 'files/s', amount: copies * files, counted: 'file' }
        : { unit: 'GiB/s', amount: bytes / GIB }),
      bytes,
    },
    // What is sent and one arrival; what servers have for a get are links to the former.
    room: files * size + bytes,
    prepare(workspace) {
      const source = workspace.path('source');
      if (shape === 'file') writeRandomFile(source, size);
      else writeRandomTree(source, files, size);
    },
    sides: { ...own, ...others },
  };
}

type Variant = Pick<SluiceSide, 'durability' | 'algorithm' | 'isFirst'>;

/** On the disk `durable` joins; SHA-256, and files of which no leaves are kept, are compared in memory, where digests take the time. */
function sluiceChoices({ clients, isReference }: Transfer, direction: Direction, place: Place): SluiceSide[] {
  const first: Variant[] = direction === 'get' && isReference ? [{ isFirst: true }] : [];
  const variants: Variant[] =
    place === 'memory'
      ? [{}, ...first, { algorithm: 'sha256' }]
      : direction === 'put'
        ? [{}, { durability: 'durable' }]
        : [{}];
  return variants.flatMap((variant) =>
    clients
      // The command line has no say in the algorithm.
      .filter((client) => client === 'library' || (variant.algorithm === undefined && variant.isFirst === undefined))
      .map((client) => ({ ...variant, client, name: sideName(direction, client, variant) })),
  );
}

function sideName(
  direction: Direction,
  client: SluiceSide['client'],
  { durability = 'written', algorithm, isFirst = false }: Variant,
): string {
  const words = ['sluice', direction, direction === 'put' ? durability : '', algorithm ?? '', isFirst ? 'first' : ''];
  return [...words, client === 'library' ? '(library)' : ''].filter(Boolean).join(' ');
}
