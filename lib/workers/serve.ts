import process from 'node:process';
// The types alone: loading the pool's own side takes a worker longer than all the rest of it.
import type {} from 'tinypool';

/** What every task of a pool takes and gives, by the task's name. Both must survive structured cloning. */
export type TaskTypes<T> = { [K in keyof T]: { input: unknown; output: unknown } };

/** The functions that carry the tasks out. They are synchronous and bounded: a worker has nothing else to do. */
export type TaskFunctions<T extends TaskTypes<T>> = { [K in keyof T]: (input: T[K]['input']) => T[K]['output'] };

export interface Request {
  readonly name: string;
  readonly input: unknown;
}

/** An error on its way to the main thread. Error objects lose their fields on it, differently in each runtime. */
export interface Failure {
  readonly code: string;
  readonly message: string;
}

export type Reply = { readonly value: unknown } | { readonly failure: Failure };

/** The handler that a worker's entry file exports as its default. */
export function serveTasks<T extends TaskTypes<T>>(
  tasks: TaskFunctions<T>,
  explain: (error: unknown) => Failure,
): (request: Request) => Reply {
  // Ctrl-C reaches the whole group of processes: the workers stay until the server has finished with them. (When it
  // dies itself, the channel to it closes, and they end.)
  if (process.send !== undefined) process.on('SIGINT', () => undefined);
  return ({ name, input }) => {
    try {
      return { value: tasks[name as keyof T](input) };
    } catch (error) {
      return { failure: explain(error) };
    }
  };
}

/** What the pool's owner passed as `config`, and the slab's memory where it can be shared. */
export function workerSetup(): { config: unknown; slab: SharedArrayBuffer | undefined } {
  // The runtimes agree on one way in only: arguments. Memory can be shared with threads alone, by workerData.
  const data = process.__tinypool_state__.workerData as { slab: SharedArrayBuffer } | undefined;
  return { config: JSON.parse(process.argv[2]!) as unknown, slab: data?.slab };
}
