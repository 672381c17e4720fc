import type { Stage } from '../stage.js';
import { digestStages } from './digests.js';
import { fileStages } from './files.js';
import { frameStages } from './frames.js';
import { handOverStages } from './hand-over.js';
import { socketStages } from './sockets.js';

const all = [...socketStages, ...frameStages, ...digestStages, ...fileStages, ...handOverStages];

/** Every stage that is measured alone; those of a large file first. */
export const STAGES: readonly Stage[] = [
  ...all.filter(({ per }) => per === 'GiB'),
  ...all.filter(({ per }) => per === 'file'),
];
