/** Three digits are enough to see what is longer. */
export function figureText(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3);
}

/** A count with its noun. */
export function counted(count: number, noun: string): string {
  const plural = noun.endsWith('ss') ? 'es' : 's';
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : plural}`;
}

/** As text or an attribute of HTML and SVG. */
export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
