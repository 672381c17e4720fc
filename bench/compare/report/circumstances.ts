import { machineLine } from '../../table.js';
import { placeText } from '../../workspace.js';
import type { CompareRun } from '../result.js';
import { mebibytesText } from './names.js';

/** Sentences on when, where and how a run was made. */
export function circumstances({ date, machine, bounds, place, target }: CompareRun): string {
  return [
    `Measured on ${date.slice(0, 10)}: ${machineLine(machine)}.`,
    target === undefined
      ? 'Server and clients share the machine.'
      : `The server is ${target.address}, which was running already, spoken to in ${target.protocol}; what it uses is not known, nor are its workers: all rows stand under 1 thread.`,
    ...(place === undefined ? [] : [`Files lie ${placeText(place)}.`]),
    ...(target === undefined
      ? [`The old architecture is stopped at ${bounds.seconds} s or ${mebibytesText(bounds.bytes)}.`]
      : []),
  ].join(' ');
}
