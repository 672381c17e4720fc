/** One cell of the published report's matrix. */
export interface Scenario {
  readonly operation: Operation;
  /** Of each client's file; the report's MB is 1,048,576 bytes. */
  readonly megabytes: number;
  readonly clients: number;
  readonly serverWorkers: number;
  /** What the server's workers are. */
  readonly pool: Pool;
}

export type Operation = 'UPLOAD' | 'DOWNLOAD';
export type Pool = 'thread' | 'process';

export const MEGABYTE = 1_048_576;

export const OPERATIONS: readonly Operation[] = ['UPLOAD', 'DOWNLOAD'];
export const POOLS: readonly Pool[] = ['thread', 'process'];
export const MEGABYTES: readonly number[] = [10, 50, 100];
/** Of clients, and of workers. */
export const COUNTS: readonly number[] = [1, 5, 50];

/** All 108, in the order of the published table. */
export function matrix(): Scenario[] {
  return POOLS.flatMap((pool) =>
    COUNTS.flatMap((serverWorkers) =>
      OPERATIONS.flatMap((operation) =>
        MEGABYTES.flatMap((megabytes) =>
          COUNTS.map((clients) => ({ operation, megabytes, clients, serverWorkers, pool })),
        ),
      ),
    ),
  );
}

/** Names a scenario on the command line and in results: `upload-10-50-5-thread` is 10 MB, 50 clients, 5 workers. */
export function scenarioId({ operation, megabytes, clients, serverWorkers, pool }: Scenario): string {
  return `${operation.toLowerCase()}-${megabytes}-${clients}-${serverWorkers}-${pool}`;
}
