import { rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { linkTree, requireSame, writeRandomFile, writeRandomTree } from '../files.js';
import type { Workspace } from '../workspace.js';
import type { Folders, Route, Work } from './contestant.js';

/** Makes what a work transfers. @returns where it is */
export function makeSource(workspace: Workspace, { shape, files, bytes }: Omit<Work, 'direction'>): string {
  const path = workspace.path(`${shape}-${files}`);
  if (shape === 'large') writeRandomFile(path, bytes);
  else writeRandomTree(path, files, bytes / files);
  return path;
}

/** One contestant's folders: what its server serves, and where things arrive. */
export class Stage implements Folders {
  readonly own: string;
  readonly served: string;
  readonly #local: string;

  private constructor(own: string, served: string, local: string) {
    this.own = own;
    this.served = served;
    this.#local = local;
  }

  static async create(workspace: Workspace, name: string): Promise<Stage> {
    const slug = name.replaceAll(' ', '-');
    const folder = (part: string): Promise<string> => workspace.folder(slug, part);
    return new Stage(await folder('own'), await folder('served'), await folder('local'));
  }

  /** Puts a source where its server finds it. */
  serve(source: string): void {
    linkTree(source, `${this.served}/${basename(source)}`);
  }

  route({ direction }: Work, source: string, port: number): Route {
    return direction === 'up'
      ? { port, local: source, remote: 'arrived' }
      : { port, local: `${this.#local}/arrived`, remote: basename(source) };
  }

  /** Throws unless what arrived is what was sent. */
  verify({ direction }: Work, source: string): void {
    requireSame(this.#arrival(direction), source);
  }

  async clear({ direction }: Work): Promise<void> {
    await rm(this.#arrival(direction), { recursive: true, force: true });
  }

  #arrival(direction: Work['direction']): string {
    return `${direction === 'up' ? this.served : this.#local}/arrived`;
  }
}
