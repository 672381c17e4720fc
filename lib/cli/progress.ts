import process from 'node:process';
import type { Progress as Bytes } from '../client/index.js';
import { formatBytes, formatSeconds, Rate } from './rate.js';
import { printable } from './text.js';

/** What is under way, drawn as one bar on stderr. */
export interface Progress {
  /**
   * A further item.
   * @param bytes its size, where known
   * @returns takes the item's progress
   */
  item(name: string, bytes?: number): (progress: Bytes) => void;
  /** Clears the bar's line, so that a line of text can be written in its place. */
  clear(): void;
  stop(): void;
}

export const SILENT: Progress = {
  item: () => () => undefined,
  clear: () => undefined,
  stop: () => undefined,
};

/** Sums over all items, kept up to date rather than counted each time: there can be very many. */
class Totals {
  items = 0;
  bytes = 0;
  #known = 0;
  #unknown = 0;

  add(size: number | undefined): (progress: Bytes) => void {
    this.items++;
    let last: Bytes = { bytes: 0, total: size };
    this.#count(last, 1);
    return (progress) => {
      this.#count(last, -1);
      last = { bytes: progress.bytes, total: progress.total ?? last.total };
      this.#count(last, 1);
    };
  }

  /** Undefined while nobody knows. */
  get total(): number | undefined {
    return this.#unknown === 0 ? this.#known : undefined;
  }

  #count({ bytes, total }: Bytes, sign: 1 | -1): void {
    this.bytes += sign * bytes;
    if (total === undefined) this.#unknown += sign;
    else this.#known += sign * total;
  }
}

/** A bar if stderr is a terminal. The library that draws it is loaded only then. */
export async function createProgress(options: { json?: boolean; quiet?: boolean }): Promise<Progress> {
  if (!process.stderr.isTTY || options.json || options.quiet) return SILENT;
  const { default: cliProgress } = await import('cli-progress');
  const totals = new Totals();
  const rate = new Rate(performance.now());
  let label = '';
  let shown = false;

  const bar = new cliProgress.SingleBar({
    format: (drawn, { progress }) =>
      progressLine(
        label,
        totals,
        rate,
        cliProgress.Format.BarFormat(totals.bytes === totals.total ? 1 : progress, drawn),
      ),
    stream: process.stderr,
    barCompleteChar: '=',
    barIncompleteChar: ' ',
    barsize: 20,
    fps: 8,
    hideCursor: null,
    // Signals are handled by the command itself.
    gracefulExit: false,
  });
  const update = (): void => {
    if (!shown) bar.start(1, 0);
    shown = true;
    bar.setTotal(Math.max(totals.total ?? 0, 1));
    bar.update(totals.total === undefined ? 0 : totals.bytes);
  };

  return {
    item(name, size) {
      const count = totals.add(size);
      label = totals.items === 1 ? shorten(printable(name)) : `${totals.items} items`;
      return (progress) => {
        count(progress);
        update();
      };
    },
    clear: () => {
      if (shown) process.stderr.write('\r\x1b[K');
    },
    stop: () => {
      if (shown) bar.stop();
    },
  };
}

function progressLine(label: string, { bytes, total }: Totals, rate: Rate, bar: string): string {
  const now = performance.now();
  const over = total !== undefined && bytes >= total;
  const perSecond = over ? rate.average(bytes, now) : rate.perSecond(bytes, now);
  const speed = perSecond === undefined ? '' : `  ${formatBytes(perSecond)}/s`;
  if (total === undefined) return `${label}  ${formatBytes(bytes)}${speed}`;
  const percent = `${total === 0 ? 100 : Math.floor((bytes / total) * 100)}%`.padStart(4);
  const left = perSecond === undefined || perSecond === 0 ? undefined : (total - bytes) / perSecond;
  const remaining = left === undefined || over ? '' : `  ${formatSeconds(left)} left`;
  return `${label} [${bar}] ${percent}  ${formatBytes(bytes)} of ${formatBytes(total)}${speed}${remaining}`;
}

function shorten(name: string): string {
  const characters = Array.from(name);
  return characters.length <= 24 ? name : `${characters.slice(0, 11).join('')}…${characters.slice(-12).join('')}`;
}
