/** P-1.2: 0xD3 is no ASCII, CR LF and 0x1A catch a text-mode transfer, as in PNG. */
export const PREFACE: Uint8Array = Uint8Array.of(0xd3, 0x53, 0x4c, 0x43, 0x0d, 0x0a, 0x1a, 0x0a);

/** P-1.4: what the first byte of a connection says about its protocol. */
export function startsPreface(firstByte: number): boolean {
  return firstByte >= 0x80;
}

/** Whether `bytes` (any length) begin as the preface does; true for none at all. */
export function fitsPreface(bytes: Uint8Array): boolean {
  const length = Math.min(bytes.length, PREFACE.length);
  for (let i = 0; i < length; i++) if (bytes[i] !== PREFACE[i]) return false;
  return true;
}
