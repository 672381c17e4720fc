import type { Child } from '../child.js';
import type { Direction } from '../job.js';

/** A server that somebody else wrote, and the client that one would use with it. */
export interface Peer {
  readonly name: string;
  /** Why it can't take part on this machine; undefined if it can. */
  missing(): string | undefined;
  /** Starts the server on a free port, with its configuration and all that it writes in a folder of its own. */
  start(folders: PeerFolders): Promise<PeerServer>;
}

/** Absolute paths of folders that are there. */
export interface PeerFolders {
  readonly own: string;
  readonly served: string;
}

export interface PeerServer {
  readonly child: Child;
  /** As it was started. */
  readonly command: string;
  readonly client: PeerClient;
}

/** Makes command lines for a shell. `local` is an absolute path, `remote` one below the served folder; neither needs quotes. */
export interface PeerClient {
  file(direction: Direction, local: string, remote: string): string;
  /** @param names the files of the folder, relative to it */
  tree(direction: Direction, local: string, remote: string, names: readonly string[]): string;
}
