/** One line, whatever names and messages hold: a server must not be able to draw on the terminal. */
export function errorLine(text: string, code?: string): string {
  return `sluice: ${printable(text)}${code === undefined ? '' : ` (${code})`}\n`;
}

/** Control characters, line and paragraph separators as `\u000a`. */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what it looks for
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
