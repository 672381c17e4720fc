/** Padded base64 (RFC 4648, section 4) of a file that comes in pieces of any size. */
export class Base64Encoder {
  /** Bytes that don't make a group of three yet. */
  #rest: number[] = [];

  /** How many bytes complete the group that was begun, 0–2. */
  get missing(): number {
    return (3 - this.#rest.length) % 3;
  }

  /** @returns the text of all whole groups so far */
  encode(bytes: Uint8Array): string {
    let text = '';
    let at = 0;
    if (this.#rest.length > 0) {
      while (this.#rest.length < 3 && at < bytes.length) this.#rest.push(bytes[at++]!);
      if (this.#rest.length < 3) return text;
      text = this.#flush();
    }
    const end = bytes.length - ((bytes.length - at) % 3);
    text += textOf(bytes.subarray(at, end));
    this.#rest = [...bytes.subarray(end)];
    return text;
  }

  /** @returns what is left, with its padding */
  end(): string {
    return this.#flush();
  }

  #flush(): string {
    const text = textOf(Uint8Array.from(this.#rest));
    this.#rest = [];
    return text;
  }
}

const textOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
