import type { Test } from 'tap';
import type { StoreUnderTest } from '../store-under-test.js';
import { conditionCases } from './condition-cases.js';
import { downloadCases } from './download-cases.js';
import { eagerCases } from './eager-cases.js';
import { hashCases } from './hash-cases.js';
import { nameCases } from './name-cases.js';
import { uploadCases } from './upload-cases.js';

/** Everything that holds for any store: the cases make names of their own and can run in any order. */
export function storeCases(t: Test, under: () => StoreUnderTest): void {
  uploadCases(t, under);
  eagerCases(t, under);
  conditionCases(t, under);
  downloadCases(t, under);
  nameCases(t, under);
  hashCases(t, under);
}
