import type { FragmentsResult } from '../fragments.js';
import { machineLine } from '../table.js';
import { sizeText } from '../works/entry.js';
import { type Grid, gridMarkdown, gridText } from './grid.js';

export function fragmentsText(result: FragmentsResult): string {
  return [`fragments: ${preamble(result)}`, '', ...gridsOf(result).map(gridText)].join('\n');
}

export function fragmentsMarkdown(result: FragmentsResult): string {
  const date = result.date.slice(0, 10);
  return [`Measured on ${date}: ${preamble(result)}.`, '', ...gridsOf(result).map(gridMarkdown)].join('\n');
}

function preamble({ rounds, size, place, machine }: FragmentsResult): string {
  const where = place === 'memory' ? 'in memory' : 'on the disk';
  return `one file of ${sizeText(size)}, ${where}; ${rounds} rounds; ${machineLine(machine)}`;
}

function gridsOf({ costs }: FragmentsResult): Grid[] {
  return (['put', 'get'] as const).map((direction) => ({
    title: `${direction}, and control frames on the same connection`,
    header: ['fragment', 'GiB/s', 'min', 'max', '× 256 KiB', 'round trip ms', 'p99 ms', 'max ms', 'count'],
    rows: costs
      .filter((cost) => cost.direction === direction)
      .map(({ fragment, rate, ratio, roundTrips }) => [
        sizeText(fragment),
        ...[rate.median, rate.min, rate.max, ratio].map((value) => value.toFixed(2)),
        ...[roundTrips.median, roundTrips.p99, roundTrips.max].map((value) => value.toFixed(2)),
        String(roundTrips.count),
      ]),
  }));
}
