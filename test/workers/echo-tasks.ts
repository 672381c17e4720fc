/** The tasks of the pool that the tests start. */
export interface EchoTasks {
  echo: { input: unknown; output: unknown };
  setup: { input: null; output: { readonly config: unknown; readonly slabBytes: number } };
  /** What process.memoryUsage() says: bytes. */
  heap: { input: null; output: number };
  fill: { input: { readonly value: number }; output: null };
  fail: { input: { readonly code: string }; output: never };
  /** Blocks until the gate, an Int32 of shared memory, is opened; then tells which tasks this worker did, in order. */
  wait: { input: { readonly gate?: SharedArrayBuffer; readonly index: number }; output: number[] };
  /** Ends the worker's process as a crash would. */
  die: { input: null; output: null };
}
