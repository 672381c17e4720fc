import type { LegacyReply } from '../../../protocol/legacy/reply-scanner.js';
import type { LegacyVerb } from '../../../protocol/legacy/request.js';
import { BadReplyError, LegacyServerError } from '../errors.js';

/** How servers say that a file isn't there, in the languages and libraries that they are written in. */
const NOT_FOUND = /\bErrno 2\b|no such file|not found|tidak ditemukan|tidak ada\b|does not exist/i;

/**
 * Holds a reply to what was asked.
 * @throws {LegacyServerError} what the server says
 * @throws {BadReplyError} when it is about something else
 */
export function checkReply(title: string, verb: LegacyVerb, name: string, reply: LegacyReply): void {
  if (!reply.ok) {
    const text = reply.text ?? '';
    const code = verb !== 'LIST' && NOT_FOUND.test(text) ? 'not-found' : 'server-error';
    throw new LegacyServerError(code, text === '' ? 'the server answered ERROR, and says nothing more' : text);
  }
  if (reply.name !== null && lastPart(reply.name) !== lastPart(name)) {
    const what = verb === 'UPLOAD' ? 'it may be stored under that name' : 'what it sent is not used';
    throw new BadReplyError(`${title}: the server answered about '${reply.name}' instead; ${what}`);
  }
  if (verb === 'GET' && !reply.hasContent) throw new BadReplyError(`${title}: the server answered OK without content`);
  if (verb === 'LIST' && reply.names === null) throw new BadReplyError(`${title}: the server answered without a list`);
}

/** Some servers name the path below which they store, some only the file. */
const lastPart = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
