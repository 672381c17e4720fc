import { LegacyFault } from './fault.js';

/** Where an upload's name ends and its base64 begins. */
export interface UploadHead {
  readonly name: string;
  /** Index of the first character of the base64; the end, when there is none. */
  readonly content: number;
  /** The length of the base64 text, where the client says it. */
  readonly length?: number | undefined;
  /** The name if that number turns out to be no length but part of it. */
  readonly nameWithLength?: string | undefined;
}

/** What stands between name, length and base64. */
const SEPARATORS = / |\|\||\r\n/g;
const EDGES = /^(?: |\|\||\r\n)+|(?: |\|\||\r\n)+$/g;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const DIGITS_OF_BASE64 = /^[A-Za-z0-9+/]*={0,2}(?:\r(?:\n\r?)?)?$/;
/** A name that looks finished: `a.bin`, `v1.2`. */
const EXTENSION = /[^/ ]\.[A-Za-z0-9]{1,10}$/;
const QUOTED = /^(["'])(.*?)\1(?= |\|\||\r\n|$)/s;

/**
 * Splits what stands behind a text UPLOAD's verb. What follows the last separator is the base64 if it is valid base64, otherwise
 * part of the name; but where that would make an upload that was damaged an empty file of a strange name, it is refused.
 * @param text one character for each byte
 * @param whole whether the request ends with `text`; otherwise its base64 goes on behind it
 * @throws {LegacyFault} when it is none of both
 */
export function splitUploadHead(text: string, whole: boolean): UploadHead {
  const begin = /^ */.exec(text)![0].length;
  const head = text.slice(begin);
  const quoted = QUOTED.exec(head);
  const split = quoted === null ? splitPlain(head, whole) : splitQuoted(head, quoted[0].length, quoted[2]!);
  return { ...split, content: split.content + begin };
}

function splitQuoted(head: string, end: number, name: string): UploadHead {
  const [before] = /^(?: |\|\||\r\n)*/.exec(head.slice(end))!;
  const content = end + before.length;
  const stated = /^(\d{1,15})(?: |\|\||\r\n)/.exec(head.slice(content));
  if (stated === null) return { name, content };
  return { name, content: content + stated[0].length, length: Number(stated[1]) };
}

function splitPlain(head: string, whole: boolean): UploadHead {
  const last = [...head.matchAll(SEPARATORS)].at(-1);
  const content = last === undefined ? head.length : last.index + last[0].length;
  const before = head.slice(0, last?.index ?? head.length).replace(EDGES, '');
  const tail = head.slice(content);
  if (last === undefined || before === '') return onlyName(head, whole);
  if (whole && tail === '0' && EXTENSION.test(before)) return { name: before, content: head.length, length: 0 };
  if (whole ? !BASE64.test(tail) : !DIGITS_OF_BASE64.test(tail)) {
    const partOfName = !EXTENSION.test(before) || EXTENSION.test(tail);
    if (!whole || !partOfName || tail.endsWith('=')) throw notBase64();
    return onlyName(head, whole);
  }
  const stated = /^(.*?)(?: |\|\||\r\n)+(\d{1,15})$/s.exec(before);
  if (stated !== null)
    return withLength(before, stated[1]!, Number(stated[2]), content, whole ? tail.length : undefined);
  // Base64 in lines, or with white space behind it, would end up as part of the name.
  const within = /^(.*[^ ]) ([^ ]+)$/s.exec(before);
  if (within !== null && (last[0] === '\r\n' || tail === '') && EXTENSION.test(within[1]!) && BASE64.test(within[2]!)) {
    throw notBase64();
  }
  return { name: before, content };
}

function withLength(
  before: string,
  name: string,
  length: number,
  content: number,
  arrived: number | undefined,
): UploadHead {
  const head = { name, content, length, nameWithLength: EXTENSION.test(name) ? undefined : before };
  return arrived === undefined || head.nameWithLength === undefined || arrived === length
    ? head
    : { name: before, content };
}

function onlyName(head: string, whole: boolean): UploadHead {
  if (!whole) throw new LegacyFault('the request is too long, its content left aside');
  return { name: head.replace(EDGES, ''), content: head.length };
}

const notBase64 = (): LegacyFault => new LegacyFault('the content is not base64 as in RFC 4648, section 4');
