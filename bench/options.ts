/** What every benchmark takes. */
export interface BenchOptions {
  readonly rounds: number;
  /** Where to work; by default in memory, if there is room. */
  readonly dir?: string;
  /** Names of sides, or parts of them; all when empty. */
  readonly only: readonly string[];
  readonly onProgress: (line: string) => void;
}
