import { type Colour, LIGHT } from '../../../report/palette.js';
import type { Contestant } from '../../result.js';
import { CONTESTANT_NAMES } from '../names.js';

type Series = Contestant | 'published';

/** The same colour and shape in every chart. */
const LOOKS: Readonly<Record<Series, { readonly name: string; readonly colour: Colour; readonly shape: string }>> = {
  published: { name: 'published', colour: 'grey', shape: 'diamond' },
  old: { name: CONTESTANT_NAMES.old, colour: 'orange', shape: 'square' },
  legacy: { name: CONTESTANT_NAMES.legacy, colour: 'magenta', shape: 'triangle-up' },
  stream: { name: CONTESTANT_NAMES.stream, colour: 'blue', shape: 'circle' },
};

export function seriesName(series: Series): string {
  return LOOKS[series].name;
}

/** Scales of colour and shape for a field that has the names of these series. */
export function seriesScales(series: readonly Series[]): {
  readonly colour: { readonly domain: string[]; readonly range: string[] };
  readonly shape: { readonly domain: string[]; readonly range: string[] };
} {
  const domain = series.map(seriesName);
  return {
    colour: { domain, range: series.map((name) => LIGHT[LOOKS[name].colour]) },
    shape: { domain, range: series.map((name) => LOOKS[name].shape) },
  };
}
