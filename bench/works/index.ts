import type { Entry, Field } from './entry.js';
import { connectionEntries, folderEntries } from './scaling.js';
import { startEntries } from './start.js';
import { transferEntries, transfers } from './transfers.js';

/** Every race that there is. */
export function allEntries(field: Field): Entry[] {
  return [
    ...transfers(field).flatMap((transfer) => transferEntries(transfer, field)),
    ...startEntries(field),
    ...connectionEntries(field),
    ...folderEntries(field),
  ];
}
