import { DARK_STYLE } from '../../report/chart.js';
import { PALETTE } from '../../report/palette.js';

const { ink, soft, grid, blue, red, none } = PALETTE;

/** The style sheet of the page: one column, light or dark as the reader prefers, light on paper. */
export const PAGE_STYLE = `
  :root {
    color-scheme: light dark;
    --paper: #ffffff; --card: #f6f8fa; --ink: ${ink.light}; --soft: ${soft.light}; --rule: ${grid.light}; --stripe: ${none.light};
    --accent: ${blue.light}; --good: #1a7f37; --bad: ${red.light};
  }
  @media screen and (prefers-color-scheme: dark) {
    :root {
      --paper: #0d1117; --card: #151b23; --ink: ${ink.dark}; --soft: ${soft.dark}; --rule: ${grid.dark}; --stripe: #11161d;
      --accent: ${blue.dark}; --good: #3fb950; --bad: ${red.dark};
    }
  }
  * { box-sizing: border-box; }
  body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.55 system-ui, sans-serif; }
  main { max-width: 1180px; margin: 0 auto; padding: 48px 28px 80px; }
  h1 { font-size: 30px; line-height: 1.2; margin: 0 0 8px; letter-spacing: -0.01em; }
  h2 { font-size: 20px; margin: 56px 0 6px; padding-top: 18px; border-top: 1px solid var(--rule); }
  p { margin: 6px 0 12px; max-width: 74ch; }
  .soft, figcaption { color: var(--soft); }
  code, pre { font: 13px/1.5 ui-monospace, 'DejaVu Sans Mono', monospace; }
  pre { background: var(--card); border: 1px solid var(--rule); border-radius: 6px; padding: 10px 14px; overflow-x: auto; white-space: pre-wrap; }
  .cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(250px, 1fr)); gap: 14px; margin: 28px 0 0; }
  .card { background: var(--card); border: 1px solid var(--rule); border-radius: 10px; padding: 14px 18px; break-inside: avoid; }
  .card .question { color: var(--soft); font-size: 13px; line-height: 1.35; min-height: 2.7em; }
  .card .verdict { font-size: 27px; font-weight: 650; line-height: 1.25; letter-spacing: -0.01em; }
  .good .verdict { color: var(--good); }
  .bad .verdict { color: var(--bad); }
  dl.findings dt { font-weight: 600; margin-top: 18px; }
  dl.findings dd { margin: 2px 0 0; max-width: 92ch; }
  dl.findings ul { margin: 6px 0 0; padding-left: 20px; }
  figure { margin: 18px 0 0; break-inside: avoid; }
  figure svg { display: block; max-width: 100%; height: auto; }
  figcaption { font-size: 13px; max-width: 92ch; margin: 0 0 14px; }
  .table { overflow-x: auto; margin-top: 14px; }
  table { border-collapse: collapse; font-size: 11.5px; font-variant-numeric: tabular-nums; width: 100%; }
  th, td { padding: 4px 5px; text-align: right; white-space: nowrap; }
  th.label, td.label { text-align: left; }
  th { font-weight: 600; vertical-align: bottom; }
  thead th { border-bottom: 1px solid var(--rule); white-space: normal; }
  thead tr.groups th { text-align: center; color: var(--soft); font-weight: 500; }
  thead tr.groups th:empty { border-bottom: 0; }
  .first { border-left: 1px solid var(--rule); }
  tbody tr:nth-child(even) { background: var(--stripe); }
  tbody tr:hover { background: var(--card); }
  details { margin-top: 40px; }
  summary { cursor: pointer; font-weight: 600; font-size: 17px; }
  ${DARK_STYLE}
  @media print {
    @page { size: A4 landscape; margin: 12mm; }
    body { font-size: 11px; -webkit-print-color-adjust: exact; print-color-adjust: exact; }
    main { max-width: none; padding: 0; }
    h2 { margin-top: 24px; break-after: avoid; }
    table { font-size: 8.5px; }
    th, td { padding: 1px 5px; }
    thead { display: table-header-group; }
    tr { break-inside: avoid; }
    .table { overflow: visible; }
  }
`;
