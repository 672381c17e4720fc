export const CR = 0x0d;
export const LF = 0x0a;

/** What ends every message: CR LF CR LF. */
export const TERMINATOR: Uint8Array = Uint8Array.of(CR, LF, CR, LF);

export const isBlank = (byte: number): boolean => byte === 0x20 || byte === 0x09 || byte === CR || byte === LF;

/** @returns how many bytes of the terminator are there with `byte`, after `matched` were */
export function matchTerminator(matched: number, byte: number): number {
  if (byte === TERMINATOR[matched]) return matched + 1;
  return byte === CR ? 1 : 0;
}
