/** What a transfer moves, whoever carries it out. */
export interface Job {
  /** As the client sees it. */
  readonly direction: Direction;
  readonly shape: 'file' | 'tree';
  /** The file, or the folder of files. */
  readonly source: string;
  /** How often it is moved at once, each under a name of its own. */
  readonly copies: number;
}

export type Direction = 'put' | 'get';

/** Stands for the number of the copy in a name, as with `xargs -I{}`. */
export const COPY = '{}';

/** The name of what arrives, as a pattern if there are several. */
export function itemPattern({ copies }: Job): string {
  return copies === 1 ? 'item' : `item-${COPY}`;
}

/** The names of what arrives. */
export function itemNames(job: Job): string[] {
  const width = String(job.copies).length;
  return Array.from({ length: job.copies }, (_, index) =>
    itemPattern(job).replace(COPY, String(index + 1).padStart(width, '0')),
  );
}

/** A command line that carries out another for all copies at once. */
export function forAllCopies({ copies }: Job, line: string): string {
  if (copies === 1) return line;
  return `seq -w 1 ${copies} | xargs -P ${copies} -I${COPY} sh -c '${line}'`;
}
