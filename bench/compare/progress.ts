import process from 'node:process';
import { SingleBar } from 'cli-progress';
import { formatSeconds } from '../../lib/cli/rate.js';
import { guessSeconds, type Turn, turnId } from './plan.js';
import type { Outcome } from './result.js';

/** Shows how far a run is: one bar on a terminal, and a line for each finished turn. */
export class Progress {
  readonly #turns: readonly Turn[];
  readonly #guesses: readonly number[];
  readonly #begun = performance.now();
  readonly #bar: SingleBar | undefined;
  #done = 0;
  #clock: NodeJS.Timeout | undefined;

  constructor(turns: readonly Turn[], bound: number) {
    this.#turns = turns;
    this.#guesses = turns.map((turn) => guessSeconds(turn, bound));
    if (!process.stderr.isTTY) return;
    this.#bar = new SingleBar({
      format: '[{bar}] {value} of {total}  {left} left  {turn}',
      stream: process.stderr,
      barCompleteChar: '=',
      barIncompleteChar: ' ',
      barsize: 20,
      hideCursor: null,
      gracefulExit: false,
    });
    this.#bar.start(turns.length, 0, this.#state());
    this.#clock = setInterval(() => this.#bar?.update(this.#done, this.#state()), 1000);
  }

  ended(outcome: Outcome): void {
    const id = turnId(outcome);
    this.#done++;
    const { clientFailures, serverFailures, ending, seconds } = outcome;
    let failures = '';
    if (ending === 'done' && clientFailures > 0) failures = `  ${clientFailures} failed: ${outcome.error ?? ''}`;
    else if (ending === 'done' && serverFailures > 0) failures = `  ${serverFailures} files are not whole`;
    const took = `${seconds.toFixed(2)} s${ending === 'done' ? '' : `, ${ending.replaceAll('-', ' ')}`}${failures}`;
    const bar = this.#bar;
    if (bar !== undefined) process.stderr.write('\r\x1b[K');
    const left = bar === undefined ? `  (${this.#done} of ${this.#turns.length}, ${this.#left()} left)` : '';
    process.stderr.write(`${id}  ${took}${left}\n`);
    bar?.update(this.#done, this.#state());
  }

  stop(): void {
    clearInterval(this.#clock);
    this.#bar?.stop();
  }

  #state(): { left: string; turn: string } {
    const turn = this.#turns[this.#done];
    return { left: this.#left(), turn: turn === undefined ? '' : turnId(turn) };
  }

  /** The guesses for what is left, as much out as those for what is done were. */
  #left(): string {
    const sum = (guesses: readonly number[]): number => guesses.reduce((total, guess) => total + guess, 0);
    const done = sum(this.#guesses.slice(0, this.#done));
    const left = sum(this.#guesses.slice(this.#done));
    const spent = (performance.now() - this.#begun) / 1000;
    return formatSeconds(done === 0 ? Math.max(0, left - spent) : (left * spent) / done);
  }
}
