import type { ChartSpec } from '../../../report/chart.js';
import { type Colour, LIGHT } from '../../../report/palette.js';
import { COUNTS, MEGABYTES } from '../../scenario.js';
import type { Bout, Duel } from '../duel.js';
import { ratioText } from '../ratio.js';

interface Step {
  readonly label: string;
  readonly colour: Colour;
  readonly ink: Colour;
  readonly has: (bout: Bout) => boolean;
}

const from =
  (least: number): Step['has'] =>
  ({ ratio }) =>
    ratio !== null && ratio.value >= least;

/** The first that fits counts. */
const STEPS: readonly Step[] = [
  {
    label: 'not told by time',
    colour: 'none',
    ink: 'soft',
    has: ({ ratio, verdict }) => ratio === null || verdict === 'open',
  },
  { label: '≥ 100', colour: 'step6', ink: 'onMuch', has: from(100) },
  { label: '30 to 100', colour: 'step5', ink: 'onMuch', has: from(30) },
  { label: '10 to 30', colour: 'step4', ink: 'onLittle', has: from(10) },
  { label: '3 to 10', colour: 'step3', ink: 'onLittle', has: from(3) },
  { label: '1.5 to 3', colour: 'step2', ink: 'onLittle', has: from(1.5) },
  { label: '1 to 1.5', colour: 'step1', ink: 'onLittle', has: ({ ratio }) => ratio !== null && ratio.value > 1 },
  { label: '≤ 1', colour: 'below', ink: 'ink', has: () => true },
];

/** The whole matrix, a cell for each scenario, with the time ratio rival : streaming in it. */
export function heatMap({ bouts }: Duel): ChartSpec {
  const legend = [...STEPS].reverse();
  return {
    data: { values: bouts.map(cell) },
    facet: {
      row: {
        field: 'size',
        sort: MEGABYTES.map(sizeText),
        header: { labelAngle: 0, labelAlign: 'left', labelPadding: 8 },
      },
      column: {
        field: 'block',
        sort: ['UPLOAD, threads', 'UPLOAD, processes', 'DOWNLOAD, threads', 'DOWNLOAD, processes'],
      },
    },
    spacing: { row: 6, column: 14 },
    spec: {
      width: { step: 66 },
      height: { step: 26 },
      encoding: {
        x: {
          field: 'workers',
          type: 'ordinal',
          sort: [...COUNTS],
          axis: { title: 'server workers', labelAngle: 0, domain: false, ticks: false },
        },
        y: {
          field: 'clients',
          type: 'ordinal',
          sort: [...COUNTS],
          axis: { title: 'clients', domain: false, ticks: false },
        },
      },
      layer: [
        {
          mark: { type: 'rect', cornerRadius: 3 },
          encoding: {
            color: {
              field: 'step',
              type: 'nominal',
              scale: { domain: legend.map(({ label }) => label), range: legend.map(({ colour }) => LIGHT[colour]) },
              legend: { symbolType: 'square', symbolSize: 180, symbolStrokeWidth: 0, columnPadding: 14 },
            },
          },
        },
        {
          mark: { type: 'text', fontSize: 12 },
          encoding: { text: { field: 'text' }, fill: { field: 'ink', type: 'nominal', scale: null } },
        },
      ],
    },
    config: { scale: { bandPaddingInner: 0.06, bandPaddingOuter: 0 } },
  };
}

function cell(bout: Bout): object {
  const { scenario } = bout.row;
  const step = STEPS.find(({ has }) => has(bout))!;
  return {
    size: sizeText(scenario.megabytes),
    block: `${scenario.operation}, ${scenario.pool === 'thread' ? 'threads' : 'processes'}`,
    workers: scenario.serverWorkers,
    clients: scenario.clients,
    step: step.label,
    ink: LIGHT[step.ink],
    text: bout.verdict === 'missing' ? '' : ratioText(bout.ratio),
  };
}

export function sizeText(megabytes: number): string {
  return `${megabytes} MB`;
}
