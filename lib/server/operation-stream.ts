import type { Frame } from '../../protocol/decoder.js';
import { ProtocolError } from '../../protocol/errors.js';
import { decodeMessage, encodeFrame } from '../../protocol/messages.js';
import type { ServerStream, StreamHost } from './stream.js';

/** STAT, REMOVE, RENAME, MKDIR and HASH: one call of the store, one final frame (P-7.9). */
export class OperationStream implements ServerStream {
  readonly id: number;
  readonly owes = true;
  readonly #abort = new AbortController();

  constructor(host: StreamHost, request: Frame) {
    this.id = request.header.stream;
    void this.#run(host, request.name, request.meta.slice());
  }

  onFrame(frame: Frame): void {
    throw new ProtocolError('wrong-state', `${frame.name.toUpperCase()} on a stream that takes none`);
  }

  cancel(error: ProtocolError): void {
    this.#abort.abort(error);
  }

  async #run(host: StreamHost, name: Frame['name'], meta: Uint8Array): Promise<void> {
    try {
      host.finish(this, await this.#result(host, name, meta));
    } catch (error) {
      host.finish(this, error as Error);
    }
  }

  async #result(host: StreamHost, name: Frame['name'], meta: Uint8Array): Promise<Buffer> {
    const stream = this.id;
    const { store } = host;
    switch (name) {
      case 'stat': {
        const { type, size, mtimeMs, mode, version } = await store.stat(decodeMessage('stat', meta).path);
        return encodeFrame('statResult', { type, size, mtimeMs, mode, version }, { stream });
      }
      case 'hash': {
        const { path, algorithm } = decodeMessage('hash', meta);
        const onProgress = (done: number): void => host.send(encodeFrame('progress', { done }, { stream }));
        const digest = await store.hash(path, algorithm, { signal: this.#abort.signal, onProgress });
        return encodeFrame('hashResult', { ...digest }, { stream });
      }
      case 'remove':
        await store.remove(decodeMessage('remove', meta).path);
        break;
      case 'rename': {
        const { path, to, ifAbsent = false } = decodeMessage('rename', meta);
        await store.rename(path, to, { ifAbsent });
        break;
      }
      case 'mkdir':
        await store.mkdir(decodeMessage('mkdir', meta).path);
        break;
      default:
        throw new Error(`${name} is no operation of its own`);
    }
    return encodeFrame('emptyResult', {}, { stream });
  }
}
