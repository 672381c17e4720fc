/** A text in JSON as Python writes it: `\uXXXX` for all that isn't ASCII. */
export function pythonText(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A row of them, with a space behind each comma. */
export const pythonList = (texts: readonly string[]): string => texts.map(pythonText).join(', ');
