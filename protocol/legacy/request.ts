export type LegacyDialect = 'json' | 'text';
export type LegacyVerb = 'LIST' | 'GET' | 'UPLOAD' | 'DELETE';

/** A request of the base64 protocol, whole. */
export interface LegacyRequest {
  readonly dialect: LegacyDialect;
  readonly verb: LegacyVerb;
  /** As the client wrote it: not checked in any way. Empty for LIST. */
  readonly name: string;
  /** The client names fields as `file_name`: it looks for content under `file_content`. */
  readonly snakeFields: boolean;
}

/** Bytes of a request that aren't content: verb, name, names of fields. Enough for any name, escaped by any JSON encoder of sense. */
export const MAX_LEGACY_HEAD = 16_384;

const VERBS: ReadonlyMap<string, LegacyVerb> = new Map([
  ['LIST', 'LIST'],
  ['GET', 'GET'],
  ['DOWNLOAD', 'GET'],
  ['UPLOAD', 'UPLOAD'],
  ['ADD', 'UPLOAD'],
  ['POST', 'UPLOAD'],
  ['DELETE', 'DELETE'],
  ['HAPUS', 'DELETE'],
]);

/** In any case, and by any of the names that programs have for it. */
export const verbOf = (word: string): LegacyVerb | undefined => VERBS.get(word.toUpperCase());

/** Whether a word that isn't there whole can still become a verb. */
export function mayBecomeVerb(beginning: string): boolean {
  const upper = beginning.toUpperCase();
  return [...VERBS.keys()].some((word) => word.startsWith(upper));
}
