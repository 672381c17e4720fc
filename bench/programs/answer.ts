import process from 'node:process';

/** What a program tells its benchmark. */
export interface Answer {
  readonly value?: number;
  readonly error?: string;
}

type Task = (...values: never[]) => number | Promise<number>;

/** Carries out what the benchmark asks for, by name, and answers with a number each time. Ends with the benchmark. */
export function answer(tasks: Readonly<Record<string, Task>>): void {
  process.on('message', (words) => {
    const [name, ...values] = words as [string, ...never[]];
    carryOut(tasks[name]!, values).then(
      (value) => send({ value }),
      (error: unknown) => send({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
  });
  process.on('disconnect', () => process.exit());
}

async function carryOut(task: Task, values: never[]): Promise<number> {
  return task(...values);
}

function send(message: Answer): void {
  process.send!(message);
}

/** Seconds that it takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}
