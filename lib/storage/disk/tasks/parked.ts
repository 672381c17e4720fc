import { readSync } from 'node:fs';
import { ProtocolError } from '../../../../protocol/errors.js';
import { CHUNK_SIZE } from '../../../../protocol/limits.js';
import { OPEN_TO_READ, OPEN_TO_WRITE } from '../folder.js';
import type { ParkChunk, UnparkChunk } from '../tasks.js';
import { contentBytes, slotBytes } from './places.js';
import { withFile, writeFully } from './partial-files.js';

export function parkChunk({ file, chunk, content }: ParkChunk): null {
  withFile(file.fd, file.name, OPEN_TO_WRITE, (fd) => writeFully(fd, contentBytes(content), chunk * CHUNK_SIZE));
  return null;
}

export function unparkChunk({ file, chunk, slot, offset, length }: UnparkChunk): Uint8Array | null {
  const bytes = slot === -1 ? Buffer.allocUnsafeSlow(length) : slotBytes(slot, offset, length);
  withFile(file.fd, file.name, OPEN_TO_READ, (fd) => {
    for (let done = 0, read: number; done < length; done += read) {
      read = readSync(fd, bytes, done, length - done, chunk * CHUNK_SIZE + done);
      if (read === 0) throw new ProtocolError('io-error', 'the partial file lost bytes on the disk');
    }
  });
  return slot === -1 ? bytes : null;
}
