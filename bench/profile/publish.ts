import { readFileSync, writeFileSync } from 'node:fs';
import { replaceSection } from '../report/publish.js';

/** Throws unless the page has the section's marks: that would be missed only when all is measured. */
export function checkSection(page: string | undefined, name: string): void {
  if (page !== undefined) replaceSection(readFileSync(page, 'utf8'), name, '');
}

/** Replaces what is between the marks of the section. */
export function publishSection(page: string | undefined, name: string, text: string): void {
  if (page !== undefined) writeFileSync(page, replaceSection(readFileSync(page, 'utf8'), name, text));
}
