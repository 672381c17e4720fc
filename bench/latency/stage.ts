import { cp, rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { digestOf, requireSame, type Workspace, writeRandomFile, writeRandomTree } from '../workspace.js';
import type { Folders, Route, Work } from './contestant.js';

/** A file or tree that is sent. */
export interface Source {
  readonly path: string;
  readonly digest: string;
}

/** Makes what a work transfers. */
export async function makeSource(
  workspace: Workspace,
  { shape, files, bytes }: Omit<Work, 'direction'>,
): Promise<Source> {
  const path = workspace.path(`${shape}-${files}`);
  if (shape === 'large') await writeRandomFile(path, bytes);
  else await writeRandomTree(path, files, bytes / files);
  return { path, digest: await digestOf(path) };
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
  async serve(source: Source): Promise<void> {
    await cp(source.path, `${this.served}/${basename(source.path)}`, { recursive: true });
  }

  route({ direction }: Work, source: Source, port: number): Route {
    return direction === 'up'
      ? { port, local: source.path, remote: 'arrived' }
      : { port, local: `${this.#local}/arrived`, remote: basename(source.path) };
  }

  /** Throws unless what arrived is what was sent. */
  async verify({ direction }: Work, { digest }: Source): Promise<void> {
    await requireSame(this.#arrival(direction), digest);
  }

  async clear({ direction }: Work): Promise<void> {
    await rm(this.#arrival(direction), { recursive: true, force: true });
  }

  #arrival(direction: Work['direction']): string {
    return `${direction === 'up' ? this.served : this.#local}/arrived`;
  }
}
