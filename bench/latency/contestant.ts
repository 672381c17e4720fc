import type { Direction } from './window-watch.js';

/** What is transferred. */
export interface Work {
  /** One large file, or a tree of small ones. */
  readonly shape: 'large' | 'small';
  readonly direction: Direction;
  readonly files: number;
  readonly bytes: number;
}

/** Where a contestant finds and leaves files. */
export interface Folders {
  /** For its configuration, keys and logs. */
  readonly own: string;
  /** What its server serves. */
  readonly served: string;
}

/** From where to where, for one transfer. */
export interface Route {
  /** Where the client is to connect. */
  readonly port: number;
  /** The client's file or folder. */
  readonly local: string;
  /** The server's, relative to what it serves. */
  readonly remote: string;
}

/** A server that runs, and the client that one uses with it. */
export interface Contestant {
  readonly name: string;
  /** Files of a tree that it can be given in bearable time; all when left out. */
  readonly fewFiles?: number;
  /** Command lines or descriptions, for the reader of a result. */
  readonly command: string;
  /** Whether anything arrives that could be compared. */
  readonly keepsFiles: boolean;
  /** The server's port for that work. */
  port(work: Work): Promise<number>;
  /** @returns seconds, from the start of the client to the last byte acknowledged or written */
  transfer(work: Work, route: Route): Promise<number>;
  stop(): Promise<void>;
}

/** How to start one. */
export interface Entrant {
  readonly name: string;
  /** Why it can't take part; undefined when it can. */
  missing(): string | undefined;
  start(folders: Folders): Promise<Contestant>;
}
