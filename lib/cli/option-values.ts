import { InvalidArgumentError } from 'commander';

const UNITS = { '': 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 } as const;

/** A row of bytes, both ends inclusive; without `last` to the end of the file. */
export interface ByteRange {
  readonly first: number;
  readonly last: number | undefined;
}

/** Bytes, or a whole number of KiB, MiB or GiB. */
export function parseSize(text: string): number {
  const [, digits, unit] = /^(\d{1,15})(|KiB|MiB|GiB)$/.exec(text) ?? [];
  const size = Number(digits) * UNITS[(unit ?? '') as keyof typeof UNITS];
  if (digits === undefined || !Number.isSafeInteger(size) || size === 0) {
    throw new InvalidArgumentError('A size is a number of bytes, or of KiB, MiB or GiB: 256MiB.');
  }
  return size;
}

/** 0 asks the system for a free one. */
export function parsePort(text: string): number {
  return wholeNumber(text, 0, 65_535, 'A port is a number from 0 to 65535.');
}

export function parseCount(text: string): number {
  return wholeNumber(text, 1, 1_000_000, 'It is a whole number from 1 on.');
}

/** Seconds, fractions allowed, as milliseconds. */
export function parseSeconds(text: string): number {
  const milliseconds = Math.round(Number(text) * 1000);
  if (!/^\d+(\.\d+)?$/.test(text) || milliseconds < 1 || milliseconds > 2 ** 31 - 1) {
    throw new InvalidArgumentError('It is a number of seconds above 0, for example 30 or 2.5.');
  }
  return milliseconds;
}

/** `A-B`, both inclusive, counted from 0, or `A-`. */
export function parseRange(text: string): ByteRange {
  const [, from, to] = /^(\d{1,16})-(\d{0,16})$/.exec(text) ?? [];
  const first = Number(from);
  const last = to === undefined || to === '' ? undefined : Number(to);
  if (from === undefined || !Number.isSafeInteger(first) || (last !== undefined && !Number.isSafeInteger(last))) {
    throw new InvalidArgumentError('A range is A-B or A-, in bytes from 0, both ends inclusive: 0-99.');
  }
  if (last !== undefined && last < first) throw new InvalidArgumentError('The range ends before it begins.');
  return { first, last };
}

function wholeNumber(text: string, least: number, greatest: number, rule: string): number {
  const value = Number(text);
  if (!/^\d{1,9}$/.test(text) || value < least || value > greatest) throw new InvalidArgumentError(rule);
  return value;
}
