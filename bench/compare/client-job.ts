import type { Operation } from './scenario.js';

/** What a client speaks: as the old programs did, or this project's client in one of its dialects. */
export type Speech = 'old' | Protocol;
export type Protocol = (typeof PROTOCOLS)[number];
export const PROTOCOLS = ['stream', 'legacy-json', 'legacy-text'] as const;

/** What a group of clients is to do, all at once. */
export interface ClientJob {
  readonly speech: Speech;
  readonly place: Place;
  readonly operation: Operation;
  /** One for each client. */
  readonly transfers: readonly Transfer[];
}

export interface Place {
  readonly host: string;
  readonly port: number;
}

export interface Transfer {
  readonly local: string;
  readonly remote: string;
}

/** How one client ended. Seconds from the moment that it was told to start. */
export interface ClientResult {
  readonly seconds: number;
  readonly error?: string;
}

/** What a process or thread of clients says. */
export type ClientMessage =
  | { readonly kind: 'ready' }
  /** By its index in the job's transfers. */
  | { readonly kind: 'ended'; readonly index: number; readonly result: ClientResult }
  /** All have. Bytes that crossed the sockets, both ways. */
  | { readonly kind: 'all-ended'; readonly wireBytes: number };
