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
const SEPARATORS = [' ', '||', '\r\n'];
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
/** Base64 that goes on, or that ends in the terminator's beginning. */
const BASE64_SO_FAR = /^[A-Za-z0-9+/]*={0,2}(?:\r(?:\n\r?)?)?$/;
/** A name that looks finished: `a.bin`, `v1.2`. */
const EXTENSION = /[^/ ]\.[A-Za-z0-9]{1,10}$/;
/** What can be the end of a name: something with a letter or digit, and without padding. */
const WORD = /^[^=]*[A-Za-z0-9\x80-\xff][^=]*$/;
const QUOTED = /^(["'])(.*?)\1(?= |\|\||\r\n|$)/s;

/**
 * Splits what stands behind a text UPLOAD's verb. What follows the last separator is the base64 if it is valid base64, otherwise
 * part of the name; but where that would make an upload that was damaged an empty file of a strange name, it is refused.
 * It takes a time linear in the text: patterns that could take longer are written as loops.
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
  const content = behindSeparators(head, end);
  const stated = /^\d{1,15}(?= |\|\||\r\n)/.exec(head.slice(content, content + 20));
  if (stated === null) return { name, content };
  return { name, content: behindSeparators(head, content + stated[0].length), length: Number(stated[0]) };
}

function splitPlain(head: string, whole: boolean): UploadHead {
  const last = lastSeparator(head);
  const before = last === undefined ? '' : withoutSeparators(head.slice(0, last.at));
  if (last === undefined || before === '') return onlyName(head, whole);
  const content = last.at + last.separator.length;
  const tail = head.slice(content);
  if (whole && tail === '0' && EXTENSION.test(before)) return { name: before, content: head.length, length: 0 };
  if (!(whole ? BASE64 : BASE64_SO_FAR).test(tail)) {
    const partOfName = (!EXTENSION.test(before) || EXTENSION.test(tail)) && WORD.test(tail);
    if (!whole || !partOfName) throw notBase64();
    return onlyName(head, whole);
  }
  const stated = statedLength(before);
  if (stated !== undefined) {
    const nameWithLength = EXTENSION.test(stated.name) ? undefined : before;
    if (whole && nameWithLength !== undefined && stated.length !== tail.length) return { name: before, content };
    return { ...stated, content, nameWithLength };
  }
  if ((last.separator === '\r\n' || tail === '') && endsInBase64(before)) throw notBase64();
  return { name: before, content };
}

/** Base64 in lines, or with white space behind it, would otherwise end up as part of the name. */
function endsInBase64(before: string): boolean {
  const space = before.lastIndexOf(' ');
  return space > 0 && EXTENSION.test(before.slice(0, space)) && BASE64.test(before.slice(space + 1));
}

/** A name with a number behind it, which can be the length of the base64. */
function statedLength(before: string): { name: string; length: number } | undefined {
  const [digits] = /\d*$/.exec(before.slice(-16))!;
  const rest = before.slice(0, before.length - digits.length);
  const name = withoutSeparators(rest);
  if (digits === '' || digits.length > 15 || name === '' || name.length === rest.length) return undefined;
  return { name, length: Number(digits) };
}

function onlyName(head: string, whole: boolean): UploadHead {
  if (!whole) throw new LegacyFault('the request is too long, its content left aside');
  return { name: withoutSeparators(head), content: head.length };
}

function lastSeparator(head: string): { at: number; separator: string } | undefined {
  const [last] = SEPARATORS.map((separator) => ({ at: head.lastIndexOf(separator), separator })).sort(
    (a, b) => b.at - a.at,
  );
  return last!.at < 0 ? undefined : last;
}

/** Index behind all separators that stand at `at`. */
function behindSeparators(head: string, at: number): number {
  for (let end = at; ;) {
    const separator = SEPARATORS.find((each) => head.startsWith(each, end));
    if (separator === undefined) return end;
    end += separator.length;
  }
}

function withoutSeparators(text: string): string {
  const begin = behindSeparators(text, 0);
  for (let end = text.length; ;) {
    const separator = SEPARATORS.find((each) => end - each.length >= begin && text.endsWith(each, end));
    if (separator === undefined) return text.slice(begin, end);
    end -= separator.length;
  }
}

const notBase64 = (): LegacyFault => new LegacyFault('the content is not base64 as in RFC 4648, section 4');
