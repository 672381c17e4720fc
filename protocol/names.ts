import { ProtocolError } from './errors.js';
import { MAX_COMPONENT, MAX_PATH } from './limits.js';

/** The private folder of a served tree (P-7.2). */
export const RESERVED_NAME = '.sluice';

const encoder = new TextEncoder();
// eslint-disable-next-line no-control-regex -- control characters are what it looks for (P-7.1)
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
// eslint-disable-next-line no-control-regex -- all of ASCII is meant
const ASCII = /^[\u0000-\u007f]*$/;
/** Characters that case-folding file systems drop when they compare names (P-7.2). */
// prettier-ignore
// eslint-disable-next-line no-misleading-character-class -- single code points, joined by nothing
const IGNORABLE = /[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]/gu;

/** In UTF-8. A text with more characters than the limits is not encoded first. */
function byteLength(text: string): number {
  return text.length > MAX_PATH || ASCII.test(text) ? text.length : encoder.encode(text).length;
}

/** P-7.1 for one component: what is wrong with it, or undefined. */
export function componentFault(component: string): string | undefined {
  if (component === '') return 'an empty component';
  if (component === '.' || component === '..') return `the component "${component}"`;
  if (CONTROL.test(component)) return 'a control character';
  if (component.includes('\\')) return 'a backslash';
  if (component.includes('/')) return 'a slash within a component';
  if (!component.isWellFormed()) return 'a lone surrogate';
  if (component.startsWith('\ufeff')) return 'a component that begins with a byte order mark';
  if (byteLength(component) > MAX_COMPONENT) {
    return `a component of more than ${MAX_COMPONENT} bytes`;
  }
  return undefined;
}

/** P-7.2: `.sluice`, also in disguises that a file system might fold into it. */
export function isReserved(component: string): boolean {
  // Folding leaves ASCII as it is but for its case.
  if (ASCII.test(component)) return component.startsWith('.') && component.toLowerCase() === RESERVED_NAME;
  return component.replace(IGNORABLE, '').normalize('NFKC').toLowerCase() === RESERVED_NAME;
}

/**
 * Splits a path of the wire into its components (P-7.1, P-7.2).
 * @param allowRoot whether the empty path, the served folder itself, is allowed
 * @returns the components; none for the root
 * @throws {ProtocolError} `bad-path`, `reserved-name`
 */
export function splitPath(path: string, { allowRoot = false } = {}): string[] {
  if (path === '') {
    if (allowRoot) return [];
    throw new ProtocolError('bad-path', 'the path is empty: name a file or folder');
  }
  if (byteLength(path) > MAX_PATH) {
    throw new ProtocolError('bad-path', `the path has more than ${MAX_PATH} bytes`);
  }
  if (path.startsWith('/'))
    throw new ProtocolError('bad-path', 'the path is absolute: it must be relative to the served folder');
  const components = path.split('/');
  for (const component of components) {
    const fault = componentFault(component);
    if (fault !== undefined) throw new ProtocolError('bad-path', `the path has ${fault}`);
    if (isReserved(component)) {
      throw new ProtocolError('reserved-name', `the name ${RESERVED_NAME} is reserved for the server`);
    }
  }
  return components;
}
