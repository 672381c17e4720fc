import { ProtocolError } from '../../../protocol/errors.js';
import { LegacyFault } from '../../../protocol/legacy/fault.js';
import {
  deleteReply,
  errorReply,
  LIST_BEGIN,
  LIST_END,
  listNames,
  notFoundText,
  uploadReply,
} from '../../../protocol/legacy/reply.js';
import type { LegacyRequest } from '../../../protocol/legacy/request.js';
import type { Store } from '../../storage/store.js';
import type { Logger } from '../logger.js';
import type { LegacyDownload } from './legacy-download.js';
import type { LegacyUpload } from './legacy-upload.js';
import type { ReplyWriter } from './reply-writer.js';

/** Names that are looked up, and sent, at a time. */
const LIST_PAGE = 512;

/** Carries requests of the base64 protocol out, and sends each one's only reply. */
export class LegacyOperations {
  readonly #store: Store;
  readonly #logger: Logger;
  readonly #writer: ReplyWriter;
  readonly #download: LegacyDownload;

  constructor(store: Store, logger: Logger, writer: ReplyWriter, download: LegacyDownload) {
    this.#store = store;
    this.#logger = logger;
    this.#writer = writer;
    this.#download = download;
  }

  /**
   * Rejects when the client can't be told what became of the request: part of the reply has left, or the connection is gone.
   * @param upload what came as the request's content
   */
  async answer(request: LegacyRequest, upload: LegacyUpload | null): Promise<void> {
    this.#writer.begin();
    let reply: string | null;
    try {
      reply = await this.#carryOut(request, upload);
    } catch (error) {
      if (this.#writer.begun) throw error;
      reply = errorReply(this.#textOf(error as Error, request));
    }
    if (reply !== null) await this.#writer.write(reply);
  }

  /** A request that can't be carried out. The first thing that went wrong is told. */
  async refuse(message: string, upload: LegacyUpload | null): Promise<void> {
    this.#writer.begin();
    const failure = upload?.failure;
    await upload?.abort();
    await this.#writer.write(errorReply(failure?.message ?? message));
  }

  /** @returns the reply, or the rest of it; null when all of it has left */
  async #carryOut(request: LegacyRequest, upload: LegacyUpload | null): Promise<string | null> {
    if (request.verb === 'UPLOAD') {
      await upload!.publish(request.name);
      return uploadReply(request);
    }
    // Content of a request that turned out to be none that has any.
    await upload?.abort();
    if (request.verb === 'LIST') return this.#list();
    if (request.verb === 'DELETE') return this.#delete(request);
    await this.#download.send(request);
    return null;
  }

  async #delete(request: LegacyRequest): Promise<string> {
    // `remove` would take an empty folder too.
    const { type } = await this.#store.stat(request.name);
    if (type === 'folder') throw new ProtocolError('not-a-file', 'it is a folder, not a file');
    await this.#store.remove(request.name);
    return deleteReply(request);
  }

  async #list(): Promise<string> {
    const listing = await this.#store.list('', '');
    let before = LIST_BEGIN;
    for (let page = await listing.next(LIST_PAGE); page.length > 0; page = await listing.next(LIST_PAGE)) {
      const names = page.filter(({ type }) => type === 'file').map(({ name }) => name);
      if (names.length === 0) continue;
      await this.#writer.write(before + listNames(names));
      before = ', ';
    }
    return this.#writer.begun ? LIST_END : LIST_BEGIN + LIST_END;
  }

  #textOf(error: Error, request: LegacyRequest): string {
    if (error instanceof ProtocolError) return error.code === 'not-found' ? notFoundText(request) : error.message;
    if (error instanceof LegacyFault) return error.message;
    this.#logger.error({ err: error }, 'unexpected fault');
    return 'a fault of the server; see its log';
  }
}
