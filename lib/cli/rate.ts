/** Milliseconds over which a rate is taken: long enough to be calm, short enough to follow a change. */
const WINDOW = 5_000;
const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** How fast a count rises, over the last seconds. */
export class Rate {
  readonly #samples: { count: number; at: number }[] = [];
  readonly #begun: number;

  /** @param begun when the count was 0, in milliseconds of a clock that doesn't jump */
  constructor(begun: number) {
    this.#begun = begun;
  }

  /** Over all of the time: what is of interest when it is over. */
  average(count: number, at: number): number {
    return (count / Math.max(1, at - this.#begun)) * 1000;
  }

  /**
   * @param count so far
   * @param at now, on the same clock
   * @returns undefined until there is enough to tell
   */
  perSecond(count: number, at: number): number | undefined {
    const samples = this.#samples;
    samples.push({ count, at });
    while (samples.length > 2 && samples[1]!.at <= at - WINDOW) samples.shift();
    const first = samples[0]!;
    if (at - first.at < 100) return undefined;
    return Math.max(0, ((count - first.count) / (at - first.at)) * 1000);
  }
}

/** Three digits are enough for people: `1.50 GiB`, `23.4 MiB`, `512 B`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  const digits = unit === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toFixed(digits)} ${UNITS[unit]!}`;
}

/** `0:07`, `12:30`, `1:02:03`. */
export function formatSeconds(seconds: number): string {
  const whole = Math.ceil(seconds);
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  const rest = String(whole % 60).padStart(2, '0');
  return hours === 0 ? `${minutes}:${rest}` : `${hours}:${String(minutes).padStart(2, '0')}:${rest}`;
}
