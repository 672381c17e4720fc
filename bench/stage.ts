import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { linkTree, requireSame } from './files.js';
import { itemNames, itemPattern, type Job } from './job.js';
import type { Workspace } from './workspace.js';

/** Where one side plays: a folder that its server serves and one that its client writes to. */
export class Stage {
  readonly served: string;
  /** For what belongs to the side alone, such as a server's configuration. */
  readonly own: string;
  readonly #local: string;
  readonly #job: Job;
  readonly #workspace: Workspace;

  private constructor(name: string, workspace: Workspace, job: Job) {
    this.#workspace = workspace;
    this.#job = job;
    const slug = name.replaceAll(/[^a-z0-9]+/gi, '-').replace(/-$/, '');
    this.served = workspace.path(slug, 'served');
    this.own = workspace.path(slug, 'own');
    this.#local = workspace.path(slug, 'local');
  }

  static async create(name: string, workspace: Workspace, job: Job): Promise<Stage> {
    const stage = new Stage(name, workspace, job);
    for (const folder of [stage.served, stage.own, stage.#local])
      await workspace.folder(folder.slice(workspace.root.length));
    if (job.direction === 'get') for (const item of itemNames(job)) linkTree(job.source, join(stage.served, item));
    return stage;
  }

  /** The path on the client's side, as a pattern if there are several. */
  get local(): string {
    return this.#job.direction === 'put' ? this.#job.source : join(this.#local, itemPattern(this.#job));
  }

  /** The path on the server, as a pattern if there are several. */
  get remote(): string {
    return itemPattern(this.#job);
  }

  /** What a transfer leaves behind. */
  get arrivals(): string[] {
    const folder = this.#job.direction === 'put' ? this.served : this.#local;
    return itemNames(this.#job).map((item) => join(folder, item));
  }

  /** Throws unless what arrived is what was sent. */
  verify(): void {
    for (const arrival of this.arrivals) requireSame(arrival, this.#job.source);
  }

  async clear(): Promise<void> {
    for (const arrival of this.arrivals) rmSync(arrival, { recursive: true, force: true });
    await this.#workspace.settle();
  }
}
