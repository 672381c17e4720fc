import { Base64Decoder } from '../../../protocol/legacy/base64-decoder.js';
import { CHUNK_SIZE } from '../../../protocol/limits.js';
import { notify } from '../arguments.js';
import type { Progress } from '../api.js';
import type { DownloadTarget } from '../download-target.js';
import type { ContentTaker } from './exchange.js';

/** Buffers of one chunk that a download has at most: some are written while one fills. */
const WINDOW = 4;
/** Permission bits of files whose own nobody tells; the umask takes from them. */
const MODE = 0o666;
const NOTHING = new Uint8Array(0);

export interface LegacyDownloadHost {
  /** There is room again after `take` left something. */
  onRoom(): void;
  onError(error: Error): void;
  readonly onProgress: ((progress: Progress) => void) | undefined;
}

/** The content of a reply: base64 in, decoded into buffers, and each full one to the target. */
export class LegacyDownload implements ContentTaker {
  /** Bytes decoded so far. */
  size = 0;
  readonly #target: DownloadTarget;
  readonly #host: LegacyDownloadHost;
  readonly #decoder = new Base64Decoder();
  readonly #free: Uint8Array[] = [];
  #filling: Uint8Array | null = null;
  #filled = 0;
  #writing = 0;
  #written = 0;
  #failure: Error | undefined;
  #begun = false;
  #over = false;
  #blocked = false;
  #onWritten: (() => void) | undefined;

  constructor(target: DownloadTarget, host: LegacyDownloadHost) {
    this.#target = target;
    this.#host = host;
  }

  /** @throws {LegacyFault} when it isn't base64. @throws {LocalFileError} */
  take(text: Uint8Array): number {
    let read = 0;
    while (!this.#over && (read < text.length || this.#decoder.spare > 0)) {
      const filling = (this.#filling ??= this.#takeBuffer());
      if (filling === null) {
        this.#blocked = true;
        return read;
      }
      const done = this.#decoder.decode(text.subarray(read), filling.subarray(this.#filled));
      read += done.read;
      this.#filled += done.written;
      if (this.#filled === filling.length) this.#write(filling);
    }
    return text.length;
  }

  /**
   * The reply is there and says OK: writes the rest, and has the target take its place.
   * @throws {LegacyFault} @throws {LocalFileError}
   */
  async finish(): Promise<void> {
    this.#decoder.end();
    this.#flushSpare();
    this.#begin();
    if (this.#filling !== null) this.#write(this.#filling.subarray(0, this.#filled));
    if (this.#writing > 0) await new Promise<void>((resolve) => (this.#onWritten = resolve));
    if (this.#failure !== undefined) throw this.#failure;
    this.#target.finish();
    this.#over = true;
  }

  /** Whatever was written must not be seen. Settles when nothing is held any more. */
  async abort(error: Error): Promise<void> {
    const needed = this.#begun && !this.#over;
    this.#over = true;
    if (!needed) return;
    this.#target.abort(error);
    await this.#target.gone();
  }

  /** The last group may have found its chunk full and no other free: nobody asks again, for all its characters were taken. */
  #flushSpare(): void {
    const { spare } = this.#decoder;
    if (spare === 0) return;
    this.#filling = new Uint8Array(spare);
    this.#filled = this.#decoder.decode(NOTHING, this.#filling).written;
  }

  #takeBuffer(): Uint8Array | null {
    if (this.#writing >= WINDOW) return null;
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(CHUNK_SIZE);
  }

  #begin(): void {
    if (this.#begun) return;
    this.#target.begin({ mode: MODE, mtimeMs: Date.now() }, 0);
    this.#begun = true;
  }

  #write(bytes: Uint8Array): void {
    this.#begin();
    const { keeps } = this.#target;
    const memory = this.#filling!;
    const position = this.size;
    this.size += bytes.length;
    this.#filling = null;
    this.#filled = 0;
    this.#writing += 1;
    // The last piece is small, as a rule, and would hold all of its buffer.
    this.#target.write(keeps && bytes.length < memory.length ? new Uint8Array(bytes) : bytes, position, (error) => {
      this.#writing -= 1;
      if (!keeps) this.#free.push(memory);
      if (this.#over) return;
      if (this.#writing === 0) this.#onWritten?.();
      if (error !== undefined) {
        this.#failure ??= error;
        return this.#host.onError(error);
      }
      this.#written += bytes.length;
      notify(this.#host.onProgress, { bytes: this.#written, total: undefined });
      if (!this.#blocked) return;
      this.#blocked = false;
      this.#host.onRoom();
    });
  }
}
