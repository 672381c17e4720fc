import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import type { CompareRun } from '../result.js';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const amount = v.pipe(v.number(), v.minValue(0));
const positive = v.pipe(v.number(), v.gtValue(0));
const pool = v.picklist(['thread', 'process']);
const twoEnds = v.object({ server: v.nullable(amount), clients: v.nullable(amount) });

const Run = v.object({
  kind: v.literal('sluice-compare'),
  command: v.string(),
  date: v.pipe(v.string(), v.isoTimestamp()),
  machine: v.object({ node: v.string(), system: v.string(), cpu: v.string(), cores: count, memory: amount }),
  slab: amount,
  bounds: v.object({ seconds: amount, bytes: amount }),
  scale: v.exactOptional(positive),
  target: v.exactOptional(v.object({ address: v.string(), protocol: v.string() })),
  place: v.exactOptional(v.picklist(['memory', 'disk'])),
  build: v.exactOptional(v.string()),
  idle: v.array(v.object({ pool, serverWorkers: count, bytes: amount })),
  outcomes: v.array(
    v.object({
      contestant: v.picklist(['old', 'legacy', 'stream']),
      scenario: v.object({
        operation: v.picklist(['UPLOAD', 'DOWNLOAD']),
        megabytes: positive,
        clients: count,
        serverWorkers: count,
        pool,
      }),
      ending: v.picklist(['done', 'stopped-by-time', 'stopped-by-memory']),
      runs: count,
      // Ratios divide by it.
      seconds: positive,
      averageSeconds: v.nullable(positive),
      bytesPerSecondPerClient: v.nullable(amount),
      clientSuccesses: count,
      clientFailures: count,
      serverSuccesses: count,
      serverFailures: count,
      aggregateMegabytesPerSecond: amount,
      cpuSeconds: twoEnds,
      peakMemory: twoEnds,
      wireBytes: v.nullable(amount),
      error: v.exactOptional(v.string()),
    }),
  ),
});

/**
 * What `bench compare` recorded.
 * @throws if the file can't be read, is something else or a trial with smaller files; the message names the file and the first wrong field
 */
export function readRun(path: string): CompareRun {
  const text = readFileSync(path, 'utf8');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new Error(`${path} is no JSON (${(error as Error).message}); it takes what \`bench compare\` writes`, {
      cause: error,
    });
  }
  const result = v.safeParse(Run, json);
  if (result.success) {
    const { scale = 1 } = result.output;
    if (scale === 1) return result.output;
    throw new Error(`${path} is a trial with files ${scale} times as large; a report needs a run without --scale`);
  }
  const [issue] = result.issues;
  throw new Error(
    `${path} is no run of \`bench compare\`: ${v.getDotPath(issue) ?? 'the whole'}: ${issue.message.toLowerCase()}`,
  );
}
