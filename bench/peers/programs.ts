import { accessSync, constants } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { delimiter, join } from 'node:path';
import process from 'node:process';

/** Debian keeps servers in /usr/sbin, which is not on everybody's path. */
const FOLDERS = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];

/** The full path of a program, or undefined. */
export function findProgram(name: string): string | undefined {
  return FOLDERS.filter(Boolean)
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** @returns what to say of a program that isn't installed; undefined if it is */
export function missingProgram(name: string, debianPackage: string): string | undefined {
  return findProgram(name) === undefined ? `${name} is not installed (Debian: ${debianPackage})` : undefined;
}

/** A port that was free a moment ago: servers that can't say which port they were given must be told one. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}
