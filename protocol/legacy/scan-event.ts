import type { LegacyRequest } from './request.js';

/** A scanner has found nothing more in the bytes that it was given. */
export interface More {
  readonly kind: 'more';
}

/** What a scanner of requests has found. */
export type ScanEvent =
  | More
  /**
   * Base64 text of an upload, to be used before the scanner is asked again: it lies in the bytes that came.
   * `name` is null while it isn't sure.
   */
  | { readonly kind: 'content'; readonly text: Uint8Array; readonly name: string | null }
  /** A request ends here. An upload's content came before. */
  | { readonly kind: 'request'; readonly request: LegacyRequest }
  /** A request ends here, and can't be carried out. */
  | { readonly kind: 'refused'; readonly message: string }
  /** Where the next request begins can't be told: nothing behind this is looked at. */
  | { readonly kind: 'fault'; readonly message: string };
