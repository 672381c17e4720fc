import { RequestScanner } from '../../../protocol/legacy/request-scanner.js';

/** What a scanner found, content put together: comparable. */
export type Found =
  | { request: string; dialect: string; name: string; content?: string; snake?: true }
  | { refused: string }
  | { fault: string };

/**
 * All that is found in `pieces`.
 * @param end whether nothing more comes behind them
 */
export function scan(pieces: readonly Uint8Array[], { end = false } = {}): Found[] {
  const scanner = new RequestScanner();
  const found: Found[] = [];
  let content: string | undefined;
  const run = (): void => {
    for (;;) {
      const event = scanner.next();
      if (event.kind === 'more') return;
      if (event.kind === 'content') {
        content = (content ?? '') + Buffer.from(event.text).toString('latin1');
        continue;
      }
      if (event.kind === 'fault') {
        found.push({ fault: event.message });
        return;
      }
      if (event.kind === 'refused') {
        found.push({ refused: event.message });
      } else {
        const { verb, dialect, name, snakeFields } = event.request;
        found.push({
          request: verb,
          dialect,
          name,
          ...(content === undefined ? {} : { content }),
          ...(snakeFields ? { snake: true as const } : {}),
        });
      }
      content = undefined;
    }
  };
  for (const piece of pieces) {
    // The scanner may look at what it was given only until it asks for more.
    const lent = Uint8Array.from(piece);
    scanner.push(lent);
    run();
    lent.fill(0x7e);
    if (found.some((event) => 'fault' in event)) return found;
  }
  if (end && scanner.inRequest && scanner.endsHere !== undefined) {
    scanner.end();
    run();
  }
  return found;
}

/** The same whole, in single bytes, and cut in two at every position (of long texts at some). */
export function scanInAllWays(text: string | Buffer): Found[][] {
  const bytes = Buffer.from(text);
  const ways = [[bytes], [...bytes].map((byte) => Uint8Array.of(byte))];
  const step = Math.ceil(bytes.length / (bytes.length > 2_000 ? 40 : 2_000));
  for (let cut = 1; cut < bytes.length; cut += step) ways.push([bytes.subarray(0, cut), bytes.subarray(cut)]);
  return ways.map((pieces) => scan(pieces));
}
